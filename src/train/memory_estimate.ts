/**
 * How much memory a training will need at most, known before its first step.
 *
 * @module
 */
import type { Plan } from "../device/device.ts";
import { processMemoryBytes } from "../host/process.ts";
import type { TrainingMemory } from "../models/training_memory.ts";
import type { Weights } from "../models/weights.ts";
import { planBytes } from "../tensor/plan.ts";
import type { TrainingStep } from "./step.ts";
import type { Evaluated, TrainingTask } from "./task.ts";

/** Bytes by what they are for. */
export interface MemoryEstimate {
  /** Latent weights, gradients, optimizer state, codes and what else belongs to the weights. */
  readonly weights: number;
  /** What a step computes and keeps for its backward pass. */
  readonly step: number;
  /** What an evaluation computes, beside that. */
  readonly evaluation: number;
  /** The program with its data: what is on no device. */
  readonly host: number;
  /** All of it. */
  readonly total: number;
}

/** What the program comes to need once it has trained, evaluated and saved. */
const WORKING_BYTES = 20e6;
/** Weights that were read back to be saved, and their states, until they are collected. */
const READ_BACK_TIMES = 4;
const READ_BACK_BYTES = 200e6;

/**
 * What the program and its data hold by themselves.
 *
 * @param memory The weights of the model, of which nothing has been used by a plan yet.
 */
export function hostBytes(memory: TrainingMemory): number {
  const { backend, software } = memory.device.description;
  // The memory of these devices is the process's own, and whatever was allocated so far was also filled.
  const filled = backend === "cpu" || software ? memory.allocatedByteLength : 0;
  return Math.max(0, processMemoryBytes() - filled);
}

/**
 * Estimates the largest memory of a training, saving and evaluating included, on the device and the host together. On a
 * GPU with memory of its own the two are in different places.
 *
 * @param step Compiled, and not run yet.
 * @param host What {@link hostBytes} gave before the step was compiled.
 */
export function estimateMemory<Batch, E extends Evaluated>(
  task: TrainingTask<Batch, E>,
  step: TrainingStep<Batch>,
  host: number,
): MemoryEstimate {
  const { weights, memory } = task.model;
  const latent = memory.layout.shards.reduce((sum, shard) => sum + shard.parameters.byteLength, 0);
  const readBack = Math.min(READ_BACK_TIMES * latent, READ_BACK_BYTES);
  const bytes = {
    weights: weights.byteLength,
    step: ownBytes(step.plans, weights),
    evaluation: task.planEvaluation ? ownBytes([task.planEvaluation()], weights) : 0,
    host: host + WORKING_BYTES + readBack,
  };
  return { ...bytes, total: Object.values(bytes).reduce((sum, value) => sum + value, 0) };
}

/** `2.4 GB of memory: 1.5 for weights, …`, for people. */
export function describeMemory({ weights, step, evaluation, host, total }: MemoryEstimate): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
  return `memory up to about ${megabytes(total)}: ${
    megabytes(weights)
  } weights with gradients and ` +
    `optimizer state, ${megabytes(step)} a step, ${megabytes(evaluation)} an evaluation, ` +
    `${megabytes(host)} the program and its data`;
}

/** What plans need beside the weights. */
function ownBytes(plans: readonly Plan[], weights: Weights): number {
  const specs = new Set(plans.flatMap(({ slots, state }) => [...slots, ...state]));
  const own = [...specs].filter((spec) => !weights.buffersOf(spec));
  return planBytes({ dispatches: [], slots: own, state: [] }).slots;
}

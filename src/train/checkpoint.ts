/**
 * Checkpoints: everything a run needs to go on as if it had never stopped.
 *
 * A checkpoint is a directory that is complete or absent: weights, both Adam moments, and the small state
 * (step, random numbers, schedule, best loss).
 *
 * @module
 */
import { basename, join } from "node:path";
import type { RandomState } from "../data/random.ts";
import { InputError } from "../errors.ts";
import { writeDirectoryAtomic, writeFileAtomic } from "../files/atomic.ts";
import { readSafetensors, writeSafetensors } from "../files/safetensors.ts";
import type { LanguageModel } from "../models/language_model.ts";
import { loadWeights, readJson, saveWeights, WEIGHTS_FILE } from "../models/model_directory.ts";
import type { StateDict } from "../models/parameter_memory.ts";
import type { PlateauState } from "./schedule.ts";

/** The small state of a run after a step; plain data. */
export interface RunState {
  /** Steps done. */
  readonly step: number;
  /** Where the random numbers of the batches stand. */
  readonly batches: RandomState;
  readonly plateau: PlateauState;
  /** Best validation loss so far, of the weights in the run's `model.safetensors`. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** Evaluations since then. */
  readonly badEvaluations: number;
  /** Last finite training loss. */
  readonly lastLoss: number | null;
  /** Whether nothing is left to do. */
  readonly finished: boolean;
}

const OPTIMIZER_FILE = "optimizer.safetensors";
const STATE_FILE = "state.json";
const DIRECTORY_PATTERN = /^step-(\d{6,})$/;

/** A checkpoint on disk. */
export interface CheckpointEntry {
  readonly step: number;
  readonly path: string;
}

/** Checkpoints in a directory, oldest first; empty if there is none. */
export async function listCheckpoints(directory: string): Promise<CheckpointEntry[]> {
  const entries: CheckpointEntry[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      const match = isDirectory && DIRECTORY_PATTERN.exec(name);
      if (match) entries.push({ step: Number(match[1]), path: join(directory, name) });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return entries.sort((a, b) => a.step - b.step);
}

/** Writes a checkpoint and removes the oldest beyond `keep`. Returns its path. */
export async function saveCheckpoint(
  directory: string,
  model: LanguageModel,
  state: RunState,
  keep: number,
): Promise<string> {
  const path = join(directory, `step-${String(state.step).padStart(6, "0")}`);
  const moments = new Map([
    ...prefixed("first_moment.", await model.memory.read("firstMoments")),
    ...prefixed("second_moment.", await model.memory.read("secondMoments")),
  ]);
  await writeDirectoryAtomic(path, async (temporary) => {
    await saveWeights(model, join(temporary, WEIGHTS_FILE));
    await writeSafetensors(join(temporary, OPTIMIZER_FILE), moments);
    await writeFileAtomic(join(temporary, STATE_FILE), JSON.stringify(state, null, 2) + "\n");
  });
  const entries = await listCheckpoints(directory);
  for (const entry of entries.slice(0, Math.max(0, entries.length - keep))) {
    // Renamed first: a checkpoint that is being removed must not look like one.
    const doomed = join(directory, `.${basename(entry.path)}.tmp`);
    await Deno.rename(entry.path, doomed);
    await Deno.remove(doomed, { recursive: true });
  }
  return path;
}

/** The small state of a checkpoint. */
export async function readRunState(path: string): Promise<RunState> {
  const file = join(path, STATE_FILE);
  const state = await readJson(file) as RunState;
  if (!Number.isInteger(state?.step) || typeof state.batches?.position !== "number") {
    throw new InputError(`Cannot resume from ${file}: it is not the state of a run`);
  }
  return state;
}

/**
 * Uploads weights and moments of a checkpoint.
 *
 * @throws {InputError} If a file is damaged or belongs to another configuration.
 */
export async function loadCheckpoint(path: string, model: LanguageModel): Promise<void> {
  const optimizer = join(path, OPTIMIZER_FILE);
  const { tensors } = await readSafetensors(optimizer);
  await loadWeights(model, join(path, WEIGHTS_FILE));
  model.memory.write("firstMoments", unprefixed("first_moment.", tensors), optimizer);
  model.memory.write("secondMoments", unprefixed("second_moment.", tensors), optimizer);
}

function prefixed(prefix: string, state: StateDict): StateDict {
  return new Map([...state].map(([name, tensor]) => [prefix + name, tensor]));
}

function unprefixed(prefix: string, state: StateDict): StateDict {
  return new Map(
    [...state].filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/**
 * Measures the training step of a model, and sampling from it.
 *
 * @module
 */
import { processMemoryBytes } from "../host/process.ts";
import { Random } from "../random.ts";
import type { Device, Plan } from "../device/device.ts";
import { openDevice } from "../device/open_device.ts";
import { generate } from "../infer/generate.ts";
import type { TextBatch } from "../data/text/batches.ts";
import { LanguageModel } from "../models/text/model.ts";
import type { TextConfig } from "../models/text/config.ts";
import { planBytes } from "../tensor/plan.ts";
import { TrainingStep } from "../train/step.ts";
import type { ModelSize } from "./kernel_cases.ts";
import { byKernel } from "./kernel_bench.ts";
import { type Clock, type MeasuredDispatch, median, profile, STEP_SETTINGS } from "./measure.ts";
import type { DispatchCounts, GenerationReport, KernelShare, TrainingReport } from "./report.ts";

/** How long to train. */
export interface TrainingEffort {
  readonly clock: Clock;
  /** Time that the measured steps should take together. */
  readonly budgetMs: number;
  /** Steps are profiled until this much time has passed. */
  readonly profileMs: number;
}

/** Batches of steps: the device is waited for after each. */
const BATCHES = 5;
const FEWEST_STEPS_PER_BATCH = 2;
const MOST_STEPS_PER_BATCH = 20;

/** Trains a model on random tokens for a while. */
export async function measureTraining(
  device: Device,
  name: string,
  { config, batch }: ModelSize,
  effort: TrainingEffort,
): Promise<TrainingReport> {
  const context = config.maxPositions;
  using model = new LanguageModel(config, device);
  model.memory.initialize(0);
  const options = { batch, context, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, options);
  const data = [randomBatch(batch * context, config.vocabSize)];
  // The first step pays for whatever the driver puts off until it is needed.
  const first = await timeBatch(device, step, data, 1);
  const stepsPerBatch = Math.min(
    Math.max(Math.floor(effort.budgetMs / BATCHES / first.msPerStep), FEWEST_STEPS_PER_BATCH),
    MOST_STEPS_PER_BATCH,
  );

  const before = device.counters;
  const times: BatchTimes[] = [];
  while (times.length < BATCHES) times.push(await timeBatch(device, step, data, stepsPerBatch));
  const after = device.counters;
  const msPerStep = median(times.map((time) => time.msPerStep));
  const issueMs = median(times.map((time) => time.issueMs));
  const kernels = effort.clock === "wall" ? [] : await profileStep(step, effort.profileMs);
  const dispatches = countDispatches(step.plan, config.layers);
  const { slots, state } = planBytes(step.plan);
  const processBytes = processMemoryBytes();
  return {
    name,
    weight_bits: config.quantization.weightBits,
    activation_bits: config.quantization.activationBits,
    layers: config.layers,
    dim: config.hiddenSize,
    ffn: config.intermediateSize,
    heads: config.heads,
    vocabulary: config.vocabSize,
    context,
    batch,
    parameters: model.parameterCount,
    ms_per_step: msPerStep,
    batches: BATCHES,
    steps_per_batch: stepsPerBatch,
    one_thread_ms_per_step: device.description.backend === "cpu"
      ? await measureOneThread({ config, batch }, BATCHES * stepsPerBatch)
      : null,
    tokens_per_second: batch * context / msPerStep * 1000,
    dispatches,
    // On the CPU device issuing a step is doing it.
    issue_us_per_dispatch: device.description.backend === "cpu"
      ? null
      : issueMs * 1000 / dispatches.step,
    created: {
      steps: BATCHES * stepsPerBatch,
      buffers: after.buffers - before.buffers,
      bind_groups: after.bindGroups - before.bindGroups,
      pipelines: after.pipelines - before.pipelines,
    },
    memory: { slots_bytes: slots, state_bytes: state, process_bytes: processBytes },
    kernels,
  };
}

/** Median time of a step on a CPU device of one thread. */
async function measureOneThread(size: ModelSize, steps: number): Promise<number> {
  using device = await openDevice({ backend: "cpu", threads: 1 });
  return median(await timeSteps(device, size, (times) => times.length === steps));
}

/**
 * Trains a model on random tokens and times every step.
 *
 * @param enough Whether these steps will do.
 */
export async function timeSteps(
  device: Device,
  { config, batch }: ModelSize,
  enough: (times: readonly number[]) => boolean,
): Promise<number[]> {
  const context = config.maxPositions;
  using model = new LanguageModel(config, device);
  model.memory.initialize(0);
  const options = { batch, context, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, options);
  const data = [randomBatch(batch * context, config.vocabSize)];
  for (let warmup = 0; warmup < 3; warmup++) await timeBatch(device, step, data, 1);
  const times: number[] = [];
  while (!enough(times)) times.push((await timeBatch(device, step, data, 1)).msPerStep);
  return times;
}

function randomBatch(length: number, vocabSize: number): TextBatch {
  const random = new Random(0);
  const ids = () => Int32Array.from({ length }, () => random.integer(vocabSize));
  return { tokens: ids(), targets: ids() };
}

interface BatchTimes {
  readonly msPerStep: number;
  /** Time to enqueue the first step. The others may have to wait for room in the queue. */
  readonly issueMs: number;
}

/** Runs a batch of steps on an idle device, and waits for it once. */
async function timeBatch(
  device: Device,
  step: TrainingStep<TextBatch>,
  data: readonly TextBatch[],
  steps: number,
): Promise<BatchTimes> {
  const startedMs = performance.now();
  await step.run(data, STEP_SETTINGS);
  const issueMs = performance.now() - startedMs;
  for (let i = 1; i < steps; i++) await step.run(data, STEP_SETTINGS);
  await device.synchronize();
  return { msPerStep: (performance.now() - startedMs) / steps, issueMs };
}

async function profileStep(
  { plan, compiled: [compiled] }: TrainingStep<TextBatch>,
  minMs: number,
): Promise<KernelShare[]> {
  const measured = await profile(compiled.executable, plan.dispatches, minMs);
  const sum = (group: readonly MeasuredDispatch[]) =>
    group.reduce((total, { ms }) => total + ms, 0);
  const totalMs = sum(measured);
  return [...byKernel(measured)]
    .map(([kernel, group]) => {
      const ms = sum(group);
      return { kernel, dispatches: group.length, ms, share: ms / totalMs };
    })
    .sort((a, b) => b.ms - a.ms);
}

/**
 * Counts the dispatches of a training step. Blocks are alike, so what lies between one launch of a kernel
 * that every block has once and the next is a block.
 *
 * @param layers Blocks of the model; at least two.
 */
export function countDispatches(plan: Plan, layers: number): DispatchCounts {
  const period = (kernel: string) => {
    const [first, second] = plan.dispatches.flatMap((dispatch, i) =>
      dispatch.kernel.name === kernel ? [i] : []
    );
    return second - first;
  };
  const forward = period("attention");
  const backward = period("attention_backward_query");
  const step = plan.dispatches.length;
  return {
    step,
    block_forward: forward,
    block_backward: backward,
    rest: step - layers * (forward + backward),
  };
}

/** Samples text from a model, one sequence at a time. */
export async function measureGeneration(
  device: Device,
  config: TextConfig,
  tokens: number,
): Promise<GenerationReport> {
  using model = new LanguageModel(config, device);
  model.memory.initialize(0);
  const random = new Random(0);
  const sample = async (tokens: number) => {
    for await (const _ of generate(model, new Int32Array(1), { tokens, random }));
  };
  await sample(1);
  const startedMs = performance.now();
  await sample(tokens);
  const seconds = (performance.now() - startedMs) / 1000;
  return { context: config.maxPositions, tokens, tokens_per_second: tokens / seconds };
}

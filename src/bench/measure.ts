/**
 * How long the dispatches of a plan take.
 *
 * @module
 */
import type { Device, Dispatch, Executable, Plan, StepValues } from "../device/device.ts";
import { WorkError } from "../errors.ts";
import { add } from "../tensor/add.ts";
import { CompiledPlan } from "../tensor/compiled_plan.ts";
import { makePlan } from "../tensor/plan.ts";
import { input } from "../tensor/value.ts";
import { trainingOptions } from "../train/options.ts";

/** What times a dispatch: the device itself, or this program's clock around long repeats. */
export type Clock = "timestamps" | "wall";

/** How carefully to measure. */
export interface MeasureOptions {
  readonly clock: Clock;
  /** Replays of the plan per round; there is at least one round. */
  readonly repeats: number;
  /** Rounds are added until this much time has passed. */
  readonly minMs: number;
}

/** A dispatch and the median of its times; with the wall clock, their mean. */
export interface MeasuredDispatch {
  readonly dispatch: Dispatch;
  readonly ms: number;
  readonly repeats: number;
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

const { learningRate, weightDecay, beta1, beta2, epsilon, clip, seed } = trainingOptions();

/** The step values of a training run with default options; how fast a step is does not depend on them. */
export const STEP_VALUES: StepValues = {
  step: 1,
  seed,
  learningRate,
  weightDecay,
  beta1,
  beta2,
  epsilon,
  clip,
};

/** The best clock a device has. */
export async function chooseClock(device: Device): Promise<Clock> {
  const x = input("x", [64]);
  using compiled = await CompiledPlan.make(device, makePlan([add(x, x)]));
  try {
    await compiled.executable.profile();
    return "timestamps";
  } catch (error) {
    if (error instanceof WorkError) return "wall";
    throw error;
  }
}

/** Times every dispatch of a plan, in plan order. Leaves without initial content are zeros. */
export async function measureDispatches(
  device: Device,
  plan: Plan,
  options: MeasureOptions,
): Promise<MeasuredDispatch[]> {
  return options.clock === "timestamps"
    ? await profileReplays(device, plan, options)
    : await timeReplays(device, plan, options);
}

async function profileReplays(
  device: Device,
  plan: Plan,
  { repeats, minMs }: MeasureOptions,
): Promise<MeasuredDispatch[]> {
  using compiled = await CompiledPlan.make(device, repeatPlan(plan, repeats));
  return await profile(compiled.executable, plan.dispatches, minMs);
}

/**
 * Profiles an executable plan and takes the median of each dispatch.
 *
 * @param dispatches What the plan consists of, once or several times over.
 * @param minMs Profile again until this much time has passed.
 */
export async function profile(
  executable: Executable,
  dispatches: readonly Dispatch[],
  minMs: number,
): Promise<MeasuredDispatch[]> {
  const samples = dispatches.map((): number[] => []);
  const startedMs = performance.now();
  do {
    const timings = await executable.profile(STEP_VALUES);
    timings.forEach(({ ms }, index) => samples[index % dispatches.length].push(ms));
  } while (performance.now() - startedMs < minMs);
  return dispatches.map((dispatch, index) => ({
    dispatch,
    ms: median(samples[index]),
    repeats: samples[index].length,
  }));
}

function repeatPlan(plan: Plan, repeats: number): Plan {
  return { ...plan, dispatches: Array.from({ length: repeats }, () => plan.dispatches).flat() };
}

/** Long enough that waiting for a device once, some 10 ms, does not count. */
const SHORTEST_WALL_MS = 200;

async function timeReplays(
  device: Device,
  plan: Plan,
  { repeats, minMs }: MeasureOptions,
): Promise<MeasuredDispatch[]> {
  const measured: MeasuredDispatch[] = [];
  for (const dispatch of plan.dispatches) {
    const repeated = repeatPlan({ ...plan, dispatches: [dispatch] }, repeats);
    using compiled = await CompiledPlan.make(device, repeated);
    let rounds = 1;
    let elapsedMs = await wallMs(device, compiled, rounds);
    while (elapsedMs < Math.max(minMs, SHORTEST_WALL_MS)) {
      rounds *= 2;
      elapsedMs = await wallMs(device, compiled, rounds);
    }
    measured.push({ dispatch, ms: elapsedMs / (rounds * repeats), repeats: rounds * repeats });
  }
  return measured;
}

async function wallMs(device: Device, compiled: CompiledPlan, rounds: number): Promise<number> {
  await device.synchronize();
  const startedMs = performance.now();
  for (let round = 0; round < rounds; round++) compiled.run(STEP_VALUES);
  await device.synchronize();
  return performance.now() - startedMs;
}

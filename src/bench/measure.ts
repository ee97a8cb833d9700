/**
 * How long the dispatches of a plan take.
 *
 * @module
 */
import type {
  BufferRange,
  BufferSpec,
  Device,
  Dispatch,
  Executable,
  Plan,
} from "../device/device.ts";
import { WorkError } from "../errors.ts";
import { add } from "../tensor/add.ts";
import { BufferSet, CompiledPlan } from "../tensor/compiled_plan.ts";
import { makePlan, planBytes } from "../tensor/plan.ts";
import { input } from "../tensor/value.ts";
import { adamwScalars } from "../ops/adamw.ts";
import { encodeStep } from "../ops/step_values.ts";
import { trainingOptions } from "../train/options.ts";
import type { StepSettings } from "../train/step.ts";

/**
 * What times a dispatch: the device itself; this program's clock around a replay of some of them, where replaying is
 * doing; or around long repeats, where it is not.
 */
export type Clock = "timestamps" | "replays" | "wall";

/** How carefully to measure. */
export interface MeasureOptions {
  readonly clock: Clock;
  /** Times a dispatch is repeated per round, at least; there is at least one round. */
  readonly repeats: number;
  /** Rounds are added until this much time has passed. */
  readonly minMs: number;
  /**
   * The repeats take turns on so many bytes of copies of the whole plan's buffers, so that no cache holds the operands
   * from the time before; default: on one copy.
   */
  readonly spreadBytes?: number;
}

/**
 * A dispatch and the median of its times; with replays the median of their means, with the wall clock the mean of all.
 */
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

/** What a step goes by in a training run with default options; how fast a step is does not depend on them. */
export const STEP_SETTINGS: StepSettings = {
  step: 1,
  seed,
  learningRate,
  weightDecay,
  beta1,
  beta2,
  epsilon,
  clip,
};

/** The same as the optimizer and everything else of a step reads it. */
const STEP_UNIFORM = encodeStep({ ...STEP_SETTINGS, optimizer: adamwScalars(STEP_SETTINGS, 1) });

/** The best clock a device has. */
export async function chooseClock(device: Device): Promise<Clock> {
  // Profiling wakes the threads anew for every dispatch, which a step does not.
  if (device.description.backend === "cpu") return "replays";
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

/**
 * Times every dispatch of a plan, in plan order, so that each finds what those before it computed. Leaves without
 * initial content are zeros.
 */
export async function measureDispatches(
  device: Device,
  plan: Plan,
  { clock, repeats, minMs, spreadBytes = 0 }: MeasureOptions,
): Promise<MeasuredDispatch[]> {
  const { slots, state } = planBytes(plan);
  const copies = [plan.dispatches];
  while (copies.length * (slots + state) < spreadBytes) copies.push(copyOperands(plan.dispatches));
  using buffers = new BufferSet(device);
  const measured: MeasuredDispatch[] = [];
  for (const [index, dispatch] of plan.dispatches.entries()) {
    const turns = Math.ceil(repeats / copies.length);
    const dispatches = Array.from({ length: turns }, () => copies.map((copy) => copy[index]))
      .flat();
    const plan = { dispatches, slots: [], state: operandsOf(dispatches) };
    using compiled = await CompiledPlan.make(device, plan, () => buffers);
    const { length } = dispatches;
    if (clock === "timestamps") {
      const [{ ms, repeats }] = await profile(compiled.executable, [dispatch], minMs);
      measured.push({ dispatch, ms, repeats });
    } else if (clock === "replays") {
      measured.push({ dispatch, ...await timeReplays(device, compiled, length, minMs) });
    } else measured.push({ dispatch, ...await timeRounds(device, compiled, length, minMs) });
  }
  return measured;
}

function operandsOf(dispatches: readonly Dispatch[]): BufferSpec[] {
  const ranges = dispatches.flatMap(({ reads, writes }) => [...reads, ...writes]);
  return [...new Set(ranges.flatMap((range) => range?.buffer ?? []))];
}

/** The same dispatches on buffers of their own. */
function copyOperands(dispatches: readonly Dispatch[]): Dispatch[] {
  const copies = new Map(operandsOf(dispatches).map((spec) => [spec, { ...spec }]));
  const move = (range: BufferRange) => ({ ...range, buffer: copies.get(range.buffer)! });
  return dispatches.map((dispatch) => ({
    ...dispatch,
    reads: dispatch.reads.map((range) => range && move(range)),
    writes: dispatch.writes.map(move),
  }));
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
    const timings = await executable.profile(STEP_UNIFORM);
    timings.forEach(({ ms }, index) => samples[index % dispatches.length].push(ms));
  } while (performance.now() - startedMs < minMs);
  return dispatches.map((dispatch, index) => ({
    dispatch,
    ms: median(samples[index]),
    repeats: samples[index].length,
  }));
}

/** Fewer have no middle that one slow replay leaves alone. */
const FEWEST_REPLAYS = 3;

/** Median over replays of the mean of their dispatches. */
async function timeReplays(
  device: Device,
  compiled: CompiledPlan,
  dispatches: number,
  minMs: number,
): Promise<{ ms: number; repeats: number }> {
  // The first one pays for compiling the kernel well.
  await wallMs(device, compiled, 1);
  const times: number[] = [];
  const startedMs = performance.now();
  do {
    times.push(await wallMs(device, compiled, 1) / dispatches);
  } while (times.length < FEWEST_REPLAYS || performance.now() - startedMs < minMs);
  return { ms: median(times), repeats: times.length * dispatches };
}

/** Long enough that waiting for a device once, some 10 ms, does not count. */
const SHORTEST_WALL_MS = 200;

/** Mean of all dispatches of enough rounds. */
async function timeRounds(
  device: Device,
  compiled: CompiledPlan,
  dispatches: number,
  minMs: number,
): Promise<{ ms: number; repeats: number }> {
  let rounds = 1;
  let elapsedMs = await wallMs(device, compiled, rounds);
  while (elapsedMs < Math.max(minMs, SHORTEST_WALL_MS)) {
    rounds *= 2;
    elapsedMs = await wallMs(device, compiled, rounds);
  }
  const repeats = rounds * dispatches;
  return { ms: elapsedMs / repeats, repeats };
}

async function wallMs(device: Device, compiled: CompiledPlan, rounds: number): Promise<number> {
  await device.synchronize();
  const startedMs = performance.now();
  for (let round = 0; round < rounds; round++) compiled.run(STEP_UNIFORM);
  await device.synchronize();
  return performance.now() - startedMs;
}

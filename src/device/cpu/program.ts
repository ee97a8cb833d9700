/**
 * A plan as the kernels run it: phases and argument blocks in WebAssembly memory.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import type { BufferRange, Dispatch, Plan } from "../device.ts";
import type { CpuPhase } from "../kernel.ts";

/** Words of one phase, as `kernels/run.as.ts` documents them. */
const PHASE_WORDS = 16;
/** Size of a phase in a program. */
export const PHASE_BYTES: number = 4 * PHASE_WORDS;

/** Whether all chunks of a phase are done, from its words. */
export function isPhaseDone(words: DataView): boolean {
  const [chunks, done] = [words.getInt32(16, true), words.getInt32(28, true)];
  return done === chunks;
}

/** `kernels/run.as.ts` counts both in 20 bits. */
const MAX_PHASES = 1 << 20;
const MAX_CHUNKS = (1 << 20) - 1;

/** What a thread does in a microsecond or two: below this a dispatch is not worth sharing, joining costs as much. */
const SMALL_FLOPS = 60_000;
const SMALL_BYTES = 60_000;
/** What it does in 10 microseconds: below this a plan is not worth waking the other threads for. */
const BRIEF_FLOPS = 500_000;
const BRIEF_BYTES = 250_000;

/** A phase, for those who run it. */
export interface ProgramPhase {
  /** Index of the dispatch that it is a part of. */
  readonly dispatchIndex: number;
  /** Whether there is work in it for more than one thread. */
  readonly shared: boolean;
}

/** A plan laid out in words, still without addresses of its own. */
export interface ProgramLayout {
  readonly phases: readonly ProgramPhase[];
  readonly byteLength: number;
  readonly scratchBytes: number;
  /** Writes the program to memory. */
  write(words: DataView, address: number, places: ProgramPlaces): void;
}

/** Addresses a program needs. */
export interface ProgramPlaces {
  readonly step: number;
  readonly scratch: number;
  addressOf(range: BufferRange): number;
  functionIndex(entry: string): number;
}

interface PlannedPhase extends CpuPhase, ProgramPhase {
  readonly dispatch: Dispatch;
  readonly chunks: number;
}

/** Lays out a plan for a number of threads. */
export function layOutProgram(plan: Plan, threads: number): ProgramLayout {
  const isBrief = isBelow(plan.dispatches, BRIEF_FLOPS, BRIEF_BYTES);
  const planned: PlannedPhase[] = plan.dispatches.flatMap((dispatch, dispatchIndex) => {
    return dispatch.kernel.phases(dispatch.constants, dispatch).map((phase) => {
      const chunks = Math.ceil(phase.units / phase.grain);
      const shared = chunks > 1 && !isBrief && !isBelow([dispatch], SMALL_FLOPS, SMALL_BYTES);
      return { ...phase, dispatch, dispatchIndex, chunks, shared };
    });
  });
  if (planned.length > MAX_PHASES || planned.some(({ chunks }) => chunks > MAX_CHUNKS)) {
    throw new WorkError("Cannot run a plan this large on the CPU: reduce the batch or the context");
  }
  const blockWords = ({ dispatch: { kernel, reads, writes, stepBytes } }: PlannedPhase) =>
    reads.length + writes.length + Number(stepBytes > 0) + Object.keys(kernel.constants).length;
  const argumentWords = planned.reduce((sum, phase) => sum + blockWords(phase), 0);
  const scratchBytes = Math.max(
    0,
    ...planned.map(({ dispatch: { kernel, constants } }) =>
      (kernel.scratchBytes?.(constants) ?? 0) + threads * (kernel.privateBytes?.(constants) ?? 0)
    ),
  );
  return {
    phases: planned,
    byteLength: PHASE_BYTES * planned.length + 4 * argumentWords,
    scratchBytes,
    write(words, address, places) {
      let block = address + PHASE_BYTES * planned.length;
      planned.forEach((phase, index) => {
        const at = address + PHASE_BYTES * index;
        [
          places.functionIndex(phase.entry),
          block,
          phase.units,
          phase.grain,
          phase.chunks,
          Number(!phase.shared),
          places.scratch,
        ].forEach((word, i) => words.setInt32(at + 4 * i, word, true));
        block = writeBlock(words, block, phase, places);
      });
    },
  };
}

function isBelow(dispatches: readonly Dispatch[], maxFlops: number, maxBytes: number): boolean {
  const ranges = dispatches.flatMap(({ reads, writes }) => [...reads, ...writes]);
  const bytes = ranges.reduce((sum, range) => sum + (range?.byteLength ?? 0), 0);
  const flops = dispatches.reduce((sum, dispatch) => sum + dispatch.flops, 0);
  return flops < maxFlops && bytes < maxBytes;
}

function writeBlock(
  words: DataView,
  start: number,
  { dispatch }: PlannedPhase,
  places: ProgramPlaces,
): number {
  let at = start;
  const put = (value: number, float = false) => {
    if (float) words.setFloat32(at, value, true);
    else words.setInt32(at, value, true);
    at += 4;
  };
  for (const range of [...dispatch.reads, ...dispatch.writes]) {
    put(range === null ? 0 : places.addressOf(range));
  }
  const { kernel } = dispatch;
  if (dispatch.stepBytes > 0) put(places.step);
  for (const [name, type] of Object.entries(kernel.constants)) {
    const value = dispatch.constants[name];
    if (value === undefined) {
      throw new WorkError(`Cannot run kernel ${kernel.name}: constant ${name} is missing`);
    }
    put(value, type === "f32");
  }
  return at;
}

/**
 * A plan as the kernels run it: phases and argument blocks in WebAssembly memory.
 *
 * @module
 */
import type { BufferRange, Dispatch, Plan } from "../device.ts";
import { type CpuKernel, cpuKernel, type CpuPhase } from "./kernels.ts";

/** Words of one phase, as `kernels/run.as.ts` documents them. */
const PHASE_WORDS = 16;

/** Below this much work a dispatch is not worth sharing: waking costs more. */
const SERIAL_FLOPS = 60_000;
const SERIAL_BYTES = 60_000;

/** A plan laid out in words, still without addresses of its own. */
export interface ProgramLayout {
  readonly phases: number;
  readonly byteLength: number;
  readonly scratchBytes: number;
  /** Dispatch index of each phase. */
  readonly dispatchOf: readonly number[];
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

interface PlannedPhase extends CpuPhase {
  readonly dispatch: Dispatch;
  readonly kernel: CpuKernel;
  readonly dispatchIndex: number;
}

/** Lays out a plan for a number of threads. */
export function layOutProgram(plan: Plan, threads: number): ProgramLayout {
  const planned: PlannedPhase[] = plan.dispatches.flatMap((dispatch, dispatchIndex) => {
    const kernel = cpuKernel(dispatch.kernel);
    return kernel.phases(dispatch.constants, dispatch)
      .map((phase) => ({ ...phase, dispatch, kernel, dispatchIndex }));
  });
  const blockWords = ({ dispatch, kernel }: PlannedPhase) =>
    dispatch.reads.length + dispatch.writes.length + Number(dispatch.usesStep) +
    kernel.constants.length;
  const argumentWords = planned.reduce((sum, phase) => sum + blockWords(phase), 0);
  const scratchBytes = Math.max(
    0,
    ...planned.map(({ kernel, dispatch: { constants } }) =>
      (kernel.scratchBytes?.(constants) ?? 0) + threads * (kernel.privateBytes?.(constants) ?? 0)
    ),
  );
  return {
    phases: planned.length,
    byteLength: 4 * (PHASE_WORDS * planned.length + argumentWords),
    scratchBytes,
    dispatchOf: planned.map(({ dispatchIndex }) => dispatchIndex),
    write(words, address, places) {
      let block = address + 4 * PHASE_WORDS * planned.length;
      planned.forEach((phase, index) => {
        const at = address + 4 * PHASE_WORDS * index;
        const chunks = Math.ceil(phase.units / phase.grain);
        [
          places.functionIndex(phase.entry),
          block,
          phase.units,
          phase.grain,
          chunks,
          Number(isSerial(phase.dispatch) || chunks === 1),
          places.scratch,
        ].forEach((word, i) => words.setInt32(at + 4 * i, word, true));
        block = writeBlock(words, block, phase, places);
      });
    },
  };
}

function isSerial({ flops, reads, writes }: Dispatch): boolean {
  const bytes = [...reads, ...writes].reduce((sum, range) => sum + (range?.byteLength ?? 0), 0);
  return flops < SERIAL_FLOPS && bytes < SERIAL_BYTES;
}

function writeBlock(
  words: DataView,
  start: number,
  { dispatch, kernel }: PlannedPhase,
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
  if (dispatch.usesStep) put(places.step);
  for (const name of kernel.constants) {
    const value = dispatch.constants[name];
    if (value === undefined) {
      throw new TypeError(`Cannot run kernel ${dispatch.kernel}: constant ${name} is missing`);
    }
    put(value, kernel.floats?.includes(name));
  }
  return at;
}

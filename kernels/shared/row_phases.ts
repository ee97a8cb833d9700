/**
 * How the work of kernels that go along elements or rows is divided.
 *
 * @module
 */
import type { Dispatch } from "../../src/device/device.ts";
import type { Constants, CpuPhase } from "../../src/device/kernel.ts";

/** The next multiple of `step`. */
export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Elements that a thread takes at a time: enough that taking them costs nothing, few enough that all are busy. */
export const CHUNK = 4096;

/** One phase over the extent. */
export const along =
  (entry: string, grain: number) => (_: Constants, { extent }: Dispatch): CpuPhase[] => [
    { entry, units: extent[0] * extent[1] * extent[2], grain },
  ];

/** One phase over rows: as many at a time as make about {@link CHUNK} elements. */
export const rows = (entry: string, units: number, columns: number): CpuPhase[] => [
  { entry, units, grain: Math.max(1, Math.round(CHUNK / columns)) },
];

/** Rows per unit of a sum over rows: ROWS_AT_A_TIME in the kernels that have one. */
const SUMMED_ROWS = 32;

/** Phases of a sum over rows: blocks of rows first, then over the blocks, whose units are columns. */
export const rowSumPhases = (
  entry: string,
  finish: string,
  rows: number,
  columns: number,
): CpuPhase[] => [
  {
    entry,
    units: Math.ceil(rows / SUMMED_ROWS),
    grain: Math.ceil(CHUNK / (columns * SUMMED_ROWS)),
  },
  { entry: finish, units: columns, grain: 512 },
];

/** Scratch of a sum over rows: a padded row per block. */
export const rowSumBytes = (rows: number, columns: number): number =>
  Math.ceil(rows / SUMMED_ROWS) * 4 * roundUp(columns, 16);

/**
 * How the work of attention is divided.
 *
 * @module
 */
import type { Constants, CpuPhase } from "../../src/device/kernel.ts";

/** Positions that the attention kernels take at a time: TILE in `kernels/attention/parts/attention_tiles.as.ts`. */
export const ATTENTION_TILE = 72;

/** One phase over `units` of attention, each of so many products of tiles. */
export function attentionPhases(
  entry: string,
  units: number,
  products: number,
  rows: number,
  { T, D, CAUSAL }: Constants,
): CpuPhase[] {
  const work = products * rows * (CAUSAL ? (T + 1) / 2 : T) * D;
  return [{ entry, units, grain: Math.max(1, Math.floor(800_000 / work)) }];
}

/** Bytes of the rows of a tile, each of so many floats. */
export const attentionBytes = (columns: number): number => 4 * ATTENTION_TILE * columns;

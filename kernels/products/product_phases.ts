/**
 * How the work of matrix products is divided.
 *
 * @module
 */
import type { Constants, CpuPhase } from "../../src/device/kernel.ts";
import { roundUp } from "../shared/row_phases.ts";

/** Below this many multiplications the threads of a product would wait for each other more than they work. */
const SHARED_PRODUCTS = 200_000;

/**
 * The phases of a matrix product: packing what is packed in advance, then tiles of the result.
 *
 * @param packs Units of the first phase.
 * @param packed Elements of each.
 * @param tile Rows and columns of a tile of the result.
 */
export function productPhases(
  entry: string,
  packs: number,
  packed: number,
  [tileM, tileN]: readonly [number, number],
  { M, N, K }: Constants,
): CpuPhase[] {
  const tiles = Math.ceil(M / tileM) * Math.ceil(N / tileN);
  const alone = M * N * K < SHARED_PRODUCTS;
  const grain = (units: number, target: number, unitWork: number) =>
    alone ? units : Math.max(1, Math.floor(target / unitWork));
  return [
    { entry: `${entry}Pack`, units: packs, grain: grain(packs, 16384, packed) },
    { entry, units: tiles, grain: grain(tiles, 400_000, tileM * tileN * K) },
  ];
}

/** The one phase of a product of few rows, which is not packed: a unit is four columns. */
export function fewRowsPhase(entry: string, { M, N, K }: Constants): CpuPhase[] {
  const units = Math.ceil(N / 4);
  const alone = M * N * K < SHARED_PRODUCTS;
  return [{ entry, units, grain: alone ? units : Math.max(1, Math.floor(65536 / (4 * M * K))) }];
}

/** Units as `kernels/products/parts/panels.as.ts` and `kernels/products/parts/product.as.ts` have them: PACK_UNIT, TILE_M and TILE_N. */
export function floatProductPhases(entry: string, constants: Constants): CpuPhase[] {
  const { N, K } = constants;
  return productPhases(entry, Math.ceil(N / 16), 16 * K, [32, 256], constants);
}

/** Panels of 8 columns of B. */
export const floatProductScratch = ({ N, K }: Constants): number => 4 * K * roundUp(N, 8);

/** A block of A: TILE_M rows of PASS_K elements. */
export const floatProductPrivate = ({ K }: Constants): number => 4 * 32 * Math.min(256, K);

/** Parts and rows of a pass of a long product: PARTS and PASS_K in `kernels/products/long_product.as.ts`. */
const LONG_PARTS = 16;
const LONG_PASS = 256;
/** Below this inner dimension a product is not long. */
const LONG_K = 4096;
/** What a pass may occupy of the second-level cache. */
const LONG_BYTES = 1536 * 1024;

/** Packed factors of a pass of a long product, in bytes. */
export const longProductPrivate = ({ M, N }: Constants): number =>
  4 * LONG_PASS * (roundUp(M, 16) + roundUp(N, 16));

export const longProductSumBytes = ({ M, N }: Constants): number =>
  4 * roundUp(M, 4) * roundUp(N, 8);

/** Whether a float product is one of `kernels/products/long_product.as.ts`. */
export function isLongProduct(constants: Constants): boolean {
  const { K, TRANSPOSE_A, TRANSPOSE_B, HAS_RESIDUAL, HAS_BIAS } = constants;
  return TRANSPOSE_A === 1 && !TRANSPOSE_B && !HAS_RESIDUAL && !HAS_BIAS && K >= LONG_K &&
    longProductPrivate(constants) + longProductSumBytes(constants) <= LONG_BYTES;
}

export const longProductParts = ({ K }: Constants): number =>
  Math.ceil(K / (LONG_PASS * Math.ceil(K / (LONG_PARTS * LONG_PASS))));

/** Phases of a long product: sums of parts, then the sums of these. */
export function longProductPhases(constants: Constants): CpuPhase[] {
  const parts = longProductParts(constants);
  const { M, N } = constants;
  return [
    { entry: "longProduct", units: parts, grain: 1 },
    { entry: "longProductSum", units: M, grain: Math.ceil(16384 / (N * parts)) },
  ];
}

/**
 * What the WGSL of products is joined of.
 *
 * @module
 */
import type { WgslFile } from "../../../src/device/kernel.ts";
import { straddle } from "../../shared/shared_parts.ts";
import codeBlocksSource from "./code_blocks.wgsl" with { type: "text" };
import codesAndScalesSource from "./codes_and_scales.wgsl" with { type: "text" };
import directCodeProductSource from "./direct_code_product.wgsl" with { type: "text" };
import directLeftSource from "./direct_left.wgsl" with { type: "text" };
import directProductSource from "./direct_product.wgsl" with { type: "text" };
import directRightCodesSource from "./direct_right_codes.wgsl" with { type: "text" };
import directRightFloatsSource from "./direct_right_floats.wgsl" with { type: "text" };
import dotSumsSource from "./dot_sums.wgsl" with { type: "text" };
import largeCodeTilesSource from "./large_code_tiles.wgsl" with { type: "text" };
import largeTilesSource from "./large_tiles.wgsl" with { type: "text" };
import outerProductsSource from "./outer_products.wgsl" with { type: "text" };
import smallCodeTilesSource from "./small_code_tiles.wgsl" with { type: "text" };
import splitTilesSource from "./split_tiles.wgsl" with { type: "text" };
import storeBlockSource from "./store_block.wgsl" with { type: "text" };
import storeElementsSource from "./store_elements.wgsl" with { type: "text" };
import storeVectorsSource from "./store_vectors.wgsl" with { type: "text" };
import tileLeftSource from "./tile_left.wgsl" with { type: "text" };
import tileRightCodesSource from "./tile_right_codes.wgsl" with { type: "text" };
import tileRightFloatsSource from "./tile_right_floats.wgsl" with { type: "text" };

const part = (name: string, source: string): WgslFile => ({
  file: `products/parts/${name}.wgsl`,
  source,
});

const codeBlocks = part("code_blocks", codeBlocksSource);
const codesAndScales = part("codes_and_scales", codesAndScalesSource);
const directCodeProduct = part("direct_code_product", directCodeProductSource);
const directLeft = part("direct_left", directLeftSource);
const directProduct = part("direct_product", directProductSource);
const directRightCodes = part("direct_right_codes", directRightCodesSource);
const directRightFloats = part("direct_right_floats", directRightFloatsSource);
const dotSums = part("dot_sums", dotSumsSource);
const largeCodeTiles = part("large_code_tiles", largeCodeTilesSource);
const largeTiles = part("large_tiles", largeTilesSource);
const outerProducts = part("outer_products", outerProductsSource);
const smallCodeTiles = part("small_code_tiles", smallCodeTilesSource);
const splitTiles = part("split_tiles", splitTilesSource);
const storeBlock = part("store_block", storeBlockSource);
const storeElements = part("store_elements", storeElementsSource);
const storeVectors = part("store_vectors", storeVectorsSource);
const tileLeft = part("tile_left", tileLeftSource);
const tileRightCodes = part("tile_right_codes", tileRightCodesSource);
const tileRightFloats = part("tile_right_floats", tileRightFloatsSource);

/** For results that fill a GPU, of float products and of products of codes. */
export const largeProduct: readonly WgslFile[] = [
  largeTiles,
  tileLeft,
  outerProducts,
  straddle,
  storeVectors,
  storeBlock,
];

/** For smaller results. */
export const splitProduct: readonly WgslFile[] = [
  splitTiles,
  tileLeft,
  outerProducts,
  straddle,
  storeElements,
];

/** For adapters that emulate a GPU on the processor. */
export const softwareProduct: readonly WgslFile[] = [
  directProduct,
  directLeft,
  straddle,
  storeElements,
  storeBlock,
];

/** The right factor of a product of floats, for tiles and for {@link softwareProduct}. */
export const rightFloats = { tiles: [tileRightFloats], direct: [directRightFloats] } as const;

/** The right factor of a product of floats and codes. */
export const rightCodes = {
  tiles: [tileRightCodes, codesAndScales],
  direct: [directRightCodes, codesAndScales],
} as const;

/** Products of codes: for results that fill a GPU, for smaller ones, and for emulated GPUs. */
export const codeProducts = {
  large: [largeCodeTiles, codeBlocks, dotSums, storeVectors],
  small: [smallCodeTiles, codeBlocks, dotSums, storeElements],
  software: [directCodeProduct, storeElements],
} as const;

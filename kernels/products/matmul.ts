/**
 * The kernel of float products.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import {
  fewRowsPhase,
  floatProductPhases,
  floatProductPrivate,
  floatProductScratch,
  isLongProduct,
  longProductParts,
  longProductPhases,
  longProductPrivate,
  longProductSumBytes,
} from "./product_phases.ts";
import { fillsGpu, onSoftware } from "./product_variants.ts";
import { largeProduct, rightFloats, softwareProduct, splitProduct } from "./parts/product_parts.ts";
import matmulWgsl from "./matmul.wgsl" with { type: "text" };

const WGSL = { file: "products/matmul.wgsl", source: matmulWgsl };

/** C = op(A) · op(B) (+ residual) (+ bias) (+ C). */
export const matmulKernel = /* @__PURE__ */ defineKernel({
  name: "matmul",
  reads: { a: "f32", b: "f32", residual: "f32?", bias: "f32?" },
  writes: { c: "f32" },
  constants: {
    M: "u32",
    N: "u32",
    K: "u32",
    TRANSPOSE_A: "bool",
    TRANSPOSE_B: "bool",
    HAS_RESIDUAL: "bool",
    HAS_BIAS: "bool",
    ACCUMULATE: "bool",
  },
  wgsl: [
    {
      ...WGSL,
      parts: [...softwareProduct, ...rightFloats.direct],
      tile: [16, 32],
      applies: onSoftware,
    },
    {
      ...WGSL,
      parts: [...largeProduct, ...rightFloats.tiles],
      tile: [128, 128],
      applies: fillsGpu(128),
    },
    { ...WGSL, parts: [...splitProduct, ...rightFloats.tiles], tile: [32, 32] },
  ],
  phases(constants) {
    const { M, TRANSPOSE_A, TRANSPOSE_B } = constants;
    if (M <= 8 && !TRANSPOSE_A && TRANSPOSE_B) return fewRowsPhase("matmulRows", constants);
    if (isLongProduct(constants)) return longProductPhases(constants);
    return floatProductPhases("matmul", constants);
  },
  scratchBytes: (constants) =>
    isLongProduct(constants)
      ? longProductParts(constants) * longProductSumBytes(constants)
      : floatProductScratch(constants),
  privateBytes: (constants) =>
    isLongProduct(constants) ? longProductPrivate(constants) : floatProductPrivate(constants),
});

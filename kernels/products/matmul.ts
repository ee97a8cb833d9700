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
import matmulDirectWgsl from "./matmul_direct.wgsl" with { type: "text" };
import matmulWgsl from "./matmul.wgsl" with { type: "text" };
import matmulSplitWgsl from "./matmul_split.wgsl" with { type: "text" };

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
      file: "products/matmul_direct.wgsl",
      source: matmulDirectWgsl,
      tile: [16, 32],
      applies: onSoftware,
    },
    { file: "products/matmul.wgsl", source: matmulWgsl, tile: [128, 128], applies: fillsGpu(128) },
    { file: "products/matmul_split.wgsl", source: matmulSplitWgsl, tile: [32, 32] },
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

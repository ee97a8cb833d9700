/**
 * The kernel of products of floats and codes.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { floatProductPhases, floatProductPrivate } from "./product_phases.ts";
import { fillsGpu, onSoftware } from "./product_variants.ts";
import { largeProduct, rightCodes, softwareProduct, splitProduct } from "./parts/product_parts.ts";
import matmulCodesWgsl from "./matmul_codes.wgsl" with { type: "text" };

const WGSL = { file: "products/matmul_codes.wgsl", source: matmulCodesWgsl };

/** C = op(A) · (codes · scales) (+ residual) (+ C); A may be rounded to BITS_A. */
export const matmulCodesKernel = /* @__PURE__ */ defineKernel({
  name: "matmul_codes",
  reads: { a: "f32", codes: "i8", scales: "f32", residual: "f32?" },
  writes: { c: "f32" },
  constants: {
    M: "u32",
    N: "u32",
    K: "u32",
    GROUP: "u32",
    TRANSPOSE_A: "bool",
    HAS_RESIDUAL: "bool",
    ACCUMULATE: "bool",
    BITS_A: "u32",
  },
  wgsl: [
    {
      ...WGSL,
      parts: [...softwareProduct, ...rightCodes.direct],
      tile: [16, 32],
      applies: onSoftware,
    },
    {
      ...WGSL,
      parts: [...largeProduct, ...rightCodes.tiles],
      tile: [128, 128],
      applies: fillsGpu(128),
    },
    { ...WGSL, parts: [...splitProduct, ...rightCodes.tiles], tile: [32, 32] },
  ],
  phases: (constants) => floatProductPhases("matmulCodes", constants),
  // Panels of bytes have an offset in front and are filled up to four rows.
  scratchBytes: ({ N, K }) => Math.max(32 * K, 16 + 32 * Math.ceil(K / 4)) * Math.ceil(N / 8),
  // A block of A, and the scales and sums of its rows where it is rounded.
  privateBytes: (constants) => floatProductPrivate(constants) + 1024,
});

/**
 * Kernels of the layer norm.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { CHUNK, roundUp, rowSumBytes, rowSumPhases } from "../shared/row_phases.ts";
import layerNormWgsl from "./layer_norm.wgsl" with { type: "text" };
import layerNormBackwardWgsl from "./layer_norm_backward.wgsl" with { type: "text" };

/** y = w · (x − mean) / √(variance + EPS) + b; with BITS below 32 its codes and scales. */
export const layerNormKernel = /* @__PURE__ */ defineKernel({
  name: "layer_norm",
  reads: { x: "f32", w: "f32", b: "f32" },
  writes: { y: "words", scales: "f32", moments: "f32" },
  constants: { D: "u32", EPS: "f32", BITS: "u32", ROWS: "u32", LANES: "u32" },
  wgsl: [{ file: "norms/layer_norm.wgsl", source: layerNormWgsl, tile: [1] }],
  // Two rows go together.
  phases: ({ ROWS, D }) => [
    { entry: "layerNorm", units: ROWS, grain: Math.max(2, Math.round(CHUNK / D)) },
  ],
  privateBytes: ({ D }) => 8 * roundUp(D, 4),
});

/** Gradients of {@link layerNormKernel}. */
export const layerNormBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "layer_norm_backward",
  reads: { dy: "f32", x: "f32", w: "f32", moments: "f32", pending: "f32?" },
  writes: { dx: "f32", dw: "f32", db: "f32" },
  constants: {
    ROWS: "u32",
    D: "u32",
    HAS_PENDING: "bool",
    ACCUMULATE_W: "bool",
    ACCUMULATE_B: "bool",
    LANES: "u32",
  },
  wgsl: [{ file: "norms/layer_norm_backward.wgsl", source: layerNormBackwardWgsl, tile: [1] }],
  phases: ({ ROWS, D }) =>
    rowSumPhases("layerNormBackward", "layerNormBackwardParameters", ROWS, D),
  scratchBytes: ({ ROWS, D }) => 2 * rowSumBytes(ROWS, D),
});

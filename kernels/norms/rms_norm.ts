/**
 * Kernels of the RMS norm.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { roundUp, rows, rowSumBytes, rowSumPhases } from "../shared/row_phases.ts";
import rmsNormWgsl from "./rms_norm.wgsl" with { type: "text" };
import rmsNormBackwardWgsl from "./rms_norm_backward.wgsl" with { type: "text" };

/** y = w · h / √(mean(h²) + EPS), h = x or a gated unit of it; with BITS below 32 its codes and scales. */
export const rmsNormKernel = /* @__PURE__ */ defineKernel({
  name: "rms_norm",
  reads: { x: "f32", w: "f32?" },
  writes: { y: "words", scales: "f32", r: "f32" },
  constants: {
    D: "u32",
    EPS: "f32",
    BITS: "u32",
    GLU: "u32",
    NORM: "bool",
    PEAKS: "bool",
    ROWS: "u32",
    LANES: "u32",
  },
  wgsl: [{ file: "norms/rms_norm.wgsl", source: rmsNormWgsl, tile: [1] }],
  phases: ({ ROWS, D }) => rows("rmsNorm", ROWS, D),
  privateBytes: ({ D }) => 8 * roundUp(D, 4),
});

/** Gradients of {@link rmsNormKernel}. */
export const rmsNormBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "rms_norm_backward",
  reads: { dy: "f32", x: "f32", w: "f32", r: "f32", pending: "f32?" },
  writes: { dx: "f32", dw: "f32" },
  constants: {
    ROWS: "u32",
    D: "u32",
    GLU: "u32",
    HAS_PENDING: "bool",
    ACCUMULATE: "bool",
    LANES: "u32",
  },
  wgsl: [{ file: "norms/rms_norm_backward.wgsl", source: rmsNormBackwardWgsl, tile: [1] }],
  phases: ({ ROWS, D }) => rowSumPhases("rmsNormBackward", "rmsNormBackwardGain", ROWS, D),
  scratchBytes: ({ ROWS, D }) => rowSumBytes(ROWS, D),
  privateBytes: ({ D }) => rowSumBytes(1, D),
});

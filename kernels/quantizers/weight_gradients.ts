/**
 * Kernels of the gradients of quantized weights.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along } from "../shared/row_phases.ts";
import weightGradientsWgsl from "./weight_gradients.wgsl" with { type: "text" };
import scaleGradientsWgsl from "./scale_gradients.wgsl" with { type: "text" };

/** Gradients of latent weights, in place, and of the scale of every row. */
export const weightGradientsKernel = /* @__PURE__ */ defineKernel({
  name: "weight_gradients",
  reads: { parameters: "f32", rows: "u32", formats: "f32", codes: "u32", scales: "f32" },
  writes: { gradients: "f32", sums: "f32" },
  constants: { ROWS: "u32" },
  wgsl: [{ file: "quantizers/weight_gradients.wgsl", source: weightGradientsWgsl, tile: [1] }],
  phases: along("weightGradients", 64),
});

/** Gradients of learned scales: sums over the rows that share one. */
export const scaleGradientsKernel = /* @__PURE__ */ defineKernel({
  name: "scale_gradients",
  reads: { sums: "f32", rows: "u32", formats: "f32" },
  writes: { gradients: "f32" },
  constants: { ROWS: "u32" },
  wgsl: [{ file: "quantizers/scale_gradients.wgsl", source: scaleGradientsWgsl, tile: [1] }],
  phases: along("scaleGradients", 256),
});

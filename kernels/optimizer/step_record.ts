/**
 * Kernels of the norm of all gradients, and of the record of a step.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along } from "../shared/row_phases.ts";
import gradientNormWgsl from "./gradient_norm.wgsl" with { type: "text" };
import stepRecordWgsl from "./step_record.wgsl" with { type: "text" };

/** Partial sums of squares. */
export const gradientNormKernel = /* @__PURE__ */ defineKernel({
  name: "gradient_norm",
  reads: { gradients: "f32" },
  writes: { partials: "f32" },
  constants: { COUNT: "u32" },
  wgsl: [{ file: "optimizer/gradient_norm.wgsl", source: gradientNormWgsl, tile: [1] }],
  phases: along("gradientNorm", 16),
});

/** The norm of all partial sums; it is recorded with the mean of the losses. */
export const stepRecordKernel = /* @__PURE__ */ defineKernel({
  name: "step_record",
  reads: { partials: "f32", losses: "f32" },
  writes: { norm: "f32", history: "f32" },
  usesStep: true,
  constants: { PARTIALS: "u32", MICRO_BATCHES: "u32", LOSS_STRIDE: "u32", HISTORY: "u32" },
  wgsl: [{ file: "optimizer/step_record.wgsl", source: stepRecordWgsl, tile: [1] }],
  phases: along("stepRecord", 1),
});

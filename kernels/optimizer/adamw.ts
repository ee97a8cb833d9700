/**
 * Kernels of the optimizer AdamW.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along, CHUNK } from "../shared/row_phases.ts";
import gradientNormWgsl from "./gradient_norm.wgsl" with { type: "text" };
import adamwWgsl from "./adamw.wgsl" with { type: "text" };

/** Partial sums of squares. */
export const gradientNormKernel = defineKernel({
  name: "gradient_norm",
  reads: { gradients: "f32" },
  writes: { partials: "f32" },
  constants: { COUNT: "u32" },
  wgsl: [{ file: "optimizer/gradient_norm.wgsl", source: gradientNormWgsl, tile: [1] }],
  phases: along("gradientNorm", 16),
});

/** One update of parameters and moments in place; the first dispatch of a step records loss and norm. */
export const adamwKernel = defineKernel({
  name: "adamw",
  reads: { gradients: "f32", partials: "f32", losses: "f32" },
  writes: { parameters: "f32", first: "f32", second: "f32", history: "f32" },
  usesStep: true,
  constants: {
    COUNT: "u32",
    DECAY_COUNT: "u32",
    PARTIALS: "u32",
    MICRO_BATCHES: "u32",
    LOSS_STRIDE: "u32",
    HISTORY: "u32",
    RECORD: "bool",
  },
  wgsl: [{ file: "optimizer/adamw.wgsl", source: adamwWgsl, tile: [1024] }],
  phases: along("adamw", CHUNK),
});

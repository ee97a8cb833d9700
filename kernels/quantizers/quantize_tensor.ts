/**
 * Kernels of the per-tensor activation quantizer.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import runningMaxWgsl from "./running_max.wgsl" with { type: "text" };
import quantizeTensorWgsl from "./quantize_tensor.wgsl" with { type: "text" };

/** Updates the running maximum of a tensor by the peaks of its rows. */
export const runningMaxKernel = /* @__PURE__ */ defineKernel({
  name: "running_max",
  reads: { peaks: "f32" },
  writes: { range: "words" },
  usesStep: true,
  constants: { ROWS: "u32", COUNT: "u32", TRAINING: "bool" },
  wgsl: [{ file: "quantizers/running_max.wgsl", source: runningMaxWgsl, tile: [1] }],
  phases: () => [{ entry: "runningMax", units: 1, grain: 1 }],
});

/** Codes and scales of x by the running maximum in `range`. */
export const quantizeTensorKernel = /* @__PURE__ */ defineKernel({
  name: "quantize_tensor",
  reads: { x: "f32" },
  writes: { codes: "i8", scales: "f32", range: "words" },
  constants: { D: "u32", BITS: "u32", ROWS: "u32" },
  wgsl: [{ file: "quantizers/quantize_tensor.wgsl", source: quantizeTensorWgsl, tile: [256] }],
  phases: ({ ROWS, D }) => rows("quantizeTensor", ROWS, D),
});

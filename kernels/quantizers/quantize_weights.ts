/**
 * Kernels that quantize the weights of all layers.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along } from "../shared/row_phases.ts";
import weightStatisticsWgsl from "./weight_statistics.wgsl" with { type: "text" };
import weightMediansWgsl from "./weight_medians.wgsl" with { type: "text" };
import quantizeWeightsWgsl from "./quantize_weights.wgsl" with { type: "text" };

/** What a thread needs to find a median: SCRATCH_BYTES of `kth_magnitude.as.ts`. */
const MEDIAN_BYTES = 4 * (1024 + 2 ** 17 + 4 * 256 + 4);

/** What the scale of a row is made of, by its format. */
export const weightStatisticsKernel = /* @__PURE__ */ defineKernel({
  name: "weight_statistics",
  reads: { parameters: "f32", rows: "u32", formats: "f32", thresholds: "f32" },
  writes: { statistics: "f32" },
  constants: { ROWS: "u32" },
  wgsl: [{ file: "quantizers/weight_statistics.wgsl", source: weightStatisticsWgsl, tile: [1] }],
  phases: along("weightStatistics", 64),
});

/** Medians of groups whose scale is made of one, in their place in the statistics. */
export const weightMediansKernel = /* @__PURE__ */ defineKernel({
  name: "weight_medians",
  reads: { parameters: "f32", rows: "u32", formats: "f32" },
  writes: { statistics: "f32" },
  constants: { ROWS: "u32" },
  wgsl: [{ file: "quantizers/weight_medians.wgsl", source: weightMediansWgsl, tile: [1] }],
  phases: along("weightMedians", 16),
  privateBytes: () => MEDIAN_BYTES,
});

/** Codes and scales of all rows, from their statistics. */
export const quantizeWeightsKernel = /* @__PURE__ */ defineKernel({
  name: "quantize_weights",
  reads: { parameters: "f32", rows: "u32", formats: "f32", thresholds: "f32", statistics: "f32" },
  writes: { codes: "u32", scales: "f32" },
  constants: { ROWS: "u32" },
  wgsl: [{ file: "quantizers/quantize_weights.wgsl", source: quantizeWeightsWgsl, tile: [1] }],
  phases: along("quantizeWeights", 128),
});

/**
 * The kernel of the largest magnitudes of rows.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import rowPeaksWgsl from "./row_peaks.wgsl" with { type: "text" };

/** peaks[m] = max |x[m, c]|. */
export const rowPeaksKernel = /* @__PURE__ */ defineKernel({
  name: "row_peaks",
  reads: { x: "words" },
  writes: { peaks: "words" },
  constants: { D: "u32", ROWS: "u32", LANES: "u32" },
  wgsl: [{ file: "quantizers/row_peaks.wgsl", source: rowPeaksWgsl, tile: [1] }],
  phases: ({ ROWS, D }) => rows("rowPeaks", ROWS, D),
});

/**
 * The kernel of sums over rows.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rowSumBytes, rowSumPhases } from "../shared/row_phases.ts";
import columnSumWgsl from "./column_sum.wgsl" with { type: "text" };

/** y[c] (+)= Σ x[r, c]. */
export const columnSumKernel = /* @__PURE__ */ defineKernel({
  name: "column_sum",
  reads: { x: "f32" },
  writes: { y: "f32" },
  constants: { ROWS: "u32", COLUMNS: "u32", ACCUMULATE: "bool" },
  wgsl: [{ file: "products/column_sum.wgsl", source: columnSumWgsl, tile: [16] }],
  phases: ({ ROWS, COLUMNS }) => rowSumPhases("columnSum", "columnSumFinish", ROWS, COLUMNS),
  scratchBytes: ({ ROWS, COLUMNS }) => rowSumBytes(ROWS, COLUMNS),
});

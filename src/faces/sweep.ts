/**
 * Sweeps: grids of runs, their results and reports.
 *
 * @module
 */
export * from "../sweep/draw_sweep.ts";
export * from "../sweep/figure_source.ts";
export * from "../sweep/grid.ts";
export * from "../sweep/run_result.ts";
export * from "../sweep/summary.ts";
export * from "../sweep/sweep_directory.ts";

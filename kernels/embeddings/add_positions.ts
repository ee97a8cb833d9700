/**
 * Kernels of position embeddings and the class token.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import addPositionsWgsl from "./add_positions.wgsl" with { type: "text" };
import addPositionsBackwardWgsl from "./add_positions_backward.wgsl" with { type: "text" };

/** y = (token?, x) + positions in every sequence; CLASS is the number of tokens in front, 0 or 1. */
export const addPositionsKernel = /* @__PURE__ */ defineKernel({
  name: "add_positions",
  reads: { x: "f32", positions: "f32", token: "f32?" },
  writes: { y: "f32" },
  constants: { T: "u32", C: "u32", CLASS: "u32", COUNT: "u32" },
  wgsl: [{ file: "embeddings/add_positions.wgsl", source: addPositionsWgsl, tile: [256] }],
  phases: ({ COUNT, T, C }) => rows("addPositions", COUNT / (T * C), T * C),
});

/** The gradients of {@link addPositionsKernel}; sums over the B sequences. */
export const addPositionsBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "add_positions_backward",
  reads: { dy: "f32" },
  writes: { dx: "f32", dpositions: "f32", dtoken: "f32" },
  constants: {
    B: "u32",
    T: "u32",
    C: "u32",
    CLASS: "u32",
    ACCUMULATE_POSITIONS: "bool",
    ACCUMULATE_TOKEN: "bool",
  },
  wgsl: [{
    file: "embeddings/add_positions_backward.wgsl",
    source: addPositionsBackwardWgsl,
    tile: [256],
  }],
  // 4 KiB of every sequence at a time: memory gives shorter runs much more slowly.
  phases: ({ T, C }) => [
    { entry: "addPositionsBackward", units: Math.ceil(T * C / 16), grain: 64 },
  ],
});

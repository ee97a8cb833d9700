/**
 * Kernels of max pooling.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import maxPoolWgsl from "./max_pool.wgsl" with { type: "text" };
import maxPoolBackwardWgsl from "./max_pool_backward.wgsl" with { type: "text" };

/** The largest pixel of every window, and which it was. */
export const maxPoolKernel = /* @__PURE__ */ defineKernel({
  name: "max_pool",
  reads: { x: "f32" },
  writes: { y: "f32", choice: "i32" },
  constants: {
    C: "u32",
    H: "u32",
    W: "u32",
    OUT_H: "u32",
    OUT_W: "u32",
    KERNEL: "u32",
    STRIDE: "u32",
    PADDING: "u32",
    COUNT: "u32",
  },
  wgsl: [{ file: "images/max_pool.wgsl", source: maxPoolWgsl, tile: [256] }],
  phases({ COUNT, C, OUT_W, STRIDE }) {
    const columns = OUT_W * C;
    return rows("maxPool", COUNT / columns, columns * STRIDE);
  },
  privateBytes: ({ C, KERNEL }) => 4 * (KERNEL ** 2 + C),
});

/** The gradient of {@link maxPoolKernel} for x. */
export const maxPoolBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "max_pool_backward",
  reads: { dy: "f32", choice: "i32", pending: "f32?" },
  writes: { dx: "f32" },
  constants: {
    C: "u32",
    H: "u32",
    W: "u32",
    OUT_H: "u32",
    OUT_W: "u32",
    KERNEL: "u32",
    STRIDE: "u32",
    PADDING: "u32",
    HAS_PENDING: "bool",
    COUNT: "u32",
  },
  wgsl: [{ file: "images/max_pool_backward.wgsl", source: maxPoolBackwardWgsl, tile: [256] }],
  phases({ COUNT, C, H, W, KERNEL, STRIDE, PADDING, HAS_PENDING }) {
    if (KERNEL === 3 && STRIDE === 2 && PADDING === 1 && C % 4 === 0 && !HAS_PENDING) {
      const rowsOfCells = Math.floor((H + 2) / 2);
      return rows("maxPoolOverlap", COUNT / (C * H * W) * rowsOfCells, 2 * C * W);
    }
    return rows("maxPoolBackward", COUNT / C, C * KERNEL);
  },
  privateBytes: ({ C }) => 12 * C,
});

/**
 * Kernels that lay windows of an image out as rows, and back.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import unfoldWgsl from "./unfold.wgsl" with { type: "text" };
import foldWgsl from "./fold.wgsl" with { type: "text" };

/** y[window] = the pixels of the window. */
export const unfoldKernel = /* @__PURE__ */ defineKernel({
  name: "unfold",
  reads: { x: "f32" },
  writes: { y: "f32" },
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
    CHANNELS_LAST: "bool",
  },
  wgsl: [{ file: "images/unfold.wgsl", source: unfoldWgsl, tile: [256] }],
  phases({ COUNT, C, OUT_W, KERNEL, CHANNELS_LAST }) {
    const columns = C * KERNEL ** 2;
    if (!CHANNELS_LAST) return rows("unfold", COUNT / columns, columns);
    return rows("unfoldPixels", COUNT / (columns * OUT_W), columns * OUT_W);
  },
  privateBytes: ({ C, KERNEL }) => 4 * (KERNEL ** 2 + C),
});

/** dx[pixel] = the sum over the windows that hold it (+ pending). */
export const foldKernel = /* @__PURE__ */ defineKernel({
  name: "fold",
  reads: { dy: "f32", pending: "f32?" },
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
    CHANNELS_LAST: "bool",
  },
  wgsl: [{ file: "images/fold.wgsl", source: foldWgsl, tile: [256] }],
  phases({ COUNT, C, H, W, CHANNELS_LAST }) {
    if (!CHANNELS_LAST) return rows("fold", COUNT / (C * W), C * W);
    // Whole images if there are enough of them: windows over two parts are read twice.
    const units = COUNT / (C * W);
    return [{ entry: "foldPixels", units, grain: Math.min(H, Math.ceil(units / 8)) }];
  },
  privateBytes: ({ C, KERNEL }) => 4 * (KERNEL ** 2 + C),
});

/**
 * Kernels of the cross entropy with class indexes.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along, rows } from "../shared/row_phases.ts";
import crossEntropyWgsl from "./cross_entropy.wgsl" with { type: "text" };
import crossEntropyMeanWgsl from "./cross_entropy_mean.wgsl" with { type: "text" };
import crossEntropyBackwardWgsl from "./cross_entropy_backward.wgsl" with { type: "text" };

/** Loss of every row, and what the backward pass needs: its maximum and the log of its sum. */
export const crossEntropyKernel = /* @__PURE__ */ defineKernel({
  name: "cross_entropy",
  reads: { logits: "f32", targets: "i32" },
  writes: { normalizer: "f32", rowLosses: "f32", correct: "f32" },
  constants: { N: "u32", V: "u32", SMOOTHING: "f32", LANES: "u32" },
  wgsl: [{ file: "losses/cross_entropy.wgsl", source: crossEntropyWgsl, tile: [1] }],
  phases: ({ N, V }) => rows("crossEntropy", N, V),
});

/** Mean of the losses of rows, and how many count. */
export const crossEntropyMeanKernel = /* @__PURE__ */ defineKernel({
  name: "cross_entropy_mean",
  reads: { rowLosses: "f32", targets: "i32" },
  writes: { loss: "f32", count: "f32" },
  constants: { N: "u32", V: "u32" },
  wgsl: [{ file: "losses/cross_entropy_mean.wgsl", source: crossEntropyMeanWgsl, tile: [1] }],
  phases: along("crossEntropyMean", 1),
});

/** dlogits = (softmax(logits) − wanted) · dloss / count. */
export const crossEntropyBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "cross_entropy_backward",
  reads: { logits: "f32", targets: "i32", normalizer: "f32", count: "f32", dloss: "f32" },
  writes: { dlogits: "f32" },
  constants: { N: "u32", V: "u32", SMOOTHING: "f32" },
  wgsl: [{
    file: "losses/cross_entropy_backward.wgsl",
    source: crossEntropyBackwardWgsl,
    tile: [256],
  }],
  phases: ({ N, V }) => rows("crossEntropyBackward", N, V),
});

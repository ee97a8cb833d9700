/**
 * Kernels of the cross entropy with wanted probabilities.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import softCrossEntropyWgsl from "./soft_cross_entropy.wgsl" with { type: "text" };
import softCrossEntropyBackwardWgsl from "./soft_cross_entropy_backward.wgsl" with { type: "text" };

/** Parts of the loss, one per row, and what the backward pass needs. */
export const softCrossEntropyKernel = /* @__PURE__ */ defineKernel({
  name: "soft_cross_entropy",
  reads: { logits: "f32", wanted: "f32" },
  writes: { saved: "f32", parts: "f32" },
  constants: { N: "u32", V: "u32", LANES: "u32" },
  wgsl: [{ file: "losses/soft_cross_entropy.wgsl", source: softCrossEntropyWgsl, tile: [1] }],
  phases: ({ N, V }) => rows("softCrossEntropy", N, V),
});

/** The gradient of {@link softCrossEntropyKernel} for the logits. */
export const softCrossEntropyBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "soft_cross_entropy_backward",
  reads: { logits: "f32", wanted: "f32", saved: "f32", dloss: "f32" },
  writes: { dlogits: "f32" },
  constants: { N: "u32", V: "u32" },
  wgsl: [{
    file: "losses/soft_cross_entropy_backward.wgsl",
    source: softCrossEntropyBackwardWgsl,
    tile: [256],
  }],
  phases: ({ N, V }) => rows("softCrossEntropyBackward", N, V),
});

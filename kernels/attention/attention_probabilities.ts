/**
 * The kernel of attention weights, for figures.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import attentionProbabilitiesWgsl from "./attention_probabilities.wgsl" with { type: "text" };

/** p = softmax(SCALE q·k). */
export const attentionProbabilitiesKernel = /* @__PURE__ */ defineKernel({
  name: "attention_probabilities",
  reads: { qkv: "f32" },
  writes: { p: "f32" },
  constants: { T: "u32", D: "u32", HEADS: "u32", GROUP: "u32", CAUSAL: "bool", SCALE: "f32" },
  wgsl: [{
    file: "attention/attention_probabilities.wgsl",
    source: attentionProbabilitiesWgsl,
    tile: [1],
  }],
  phases: ({ T, D }, { extent }) =>
    rows("attentionProbabilities", extent[0] * extent[1] * extent[2], T * D),
});

/**
 * Kernels of softmax attention.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { roundUp, rows } from "../shared/row_phases.ts";
import { ATTENTION_TILE, attentionBytes, attentionPhases } from "./attention_phases.ts";
import { backwardParts, headParts } from "./parts/attention_parts.ts";
import attentionWgsl from "./attention.wgsl" with { type: "text" };
import attentionBackwardQueryWgsl from "./attention_backward_query.wgsl" with { type: "text" };
import attentionBackwardKeyValueWgsl from "./attention_backward_key_value.wgsl" with {
  type: "text",
};

/** Of all three. WORDS and LANES follow from D; ROWS and COLUMNS are the tile of a GPU, the CPU has its own. */
const TILED = {
  T: "u32",
  D: "u32",
  HEADS: "u32",
  GROUP: "u32",
  CAUSAL: "bool",
  SCALE: "f32",
  WORDS: "u32",
  LANES: "u32",
  ROWS: "u32",
  COLUMNS: "u32",
} as const;

/** y = softmax(SCALE q·k) v per head, and the log of the sums of exponentials. */
export const attentionKernel = /* @__PURE__ */ defineKernel({
  name: "attention",
  reads: { qkv: "f32" },
  writes: { y: "f32", lse: "f32" },
  constants: TILED,
  wgsl: [{ file: "attention/attention.wgsl", source: attentionWgsl, parts: headParts, tile: [1] }],
  phases(constants, { extent: [, heads, batch] }) {
    const { T } = constants;
    const units = Math.ceil(T / ATTENTION_TILE) * heads * batch;
    return attentionPhases("attention", units, 2, Math.min(T, ATTENTION_TILE), constants);
  },
  privateBytes: ({ D }) => attentionBytes(4 * roundUp(D, 8) + 12),
});

/** Gradients of the queries, and delta = Σ dy · y for the second half. */
export const attentionBackwardQueryKernel = /* @__PURE__ */ defineKernel({
  name: "attention_backward_query",
  reads: { qkv: "f32", y: "f32", dy: "f32", lse: "f32" },
  writes: { dqkv: "f32", delta: "f32" },
  constants: TILED,
  wgsl: [{
    file: "attention/attention_backward_query.wgsl",
    source: attentionBackwardQueryWgsl,
    parts: backwardParts,
    tile: [1],
  }],
  phases({ T, D }, { extent: [, heads, batch] }) {
    return rows("attentionBackwardDelta", batch * T, heads * D);
  },
});

/** Gradients of the keys and values. */
export const attentionBackwardKeyValueKernel = /* @__PURE__ */ defineKernel({
  name: "attention_backward_key_value",
  reads: { qkv: "f32", dy: "f32", lse: "f32", delta: "f32" },
  writes: { dqkv: "f32" },
  constants: TILED,
  wgsl: [{
    file: "attention/attention_backward_key_value.wgsl",
    source: attentionBackwardKeyValueWgsl,
    parts: backwardParts,
    tile: [1],
  }],
  phases(constants, { extent: [, keyHeads, batch] }) {
    const { T, GROUP } = constants;
    return attentionPhases("attentionBackward", keyHeads * batch, 5 * GROUP, T, constants);
  },
  privateBytes: ({ D }) => attentionBytes(10 * roundUp(D, 8) + 2 * ATTENTION_TILE + 4),
});

/**
 * Kernels of the table of token embeddings.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { CHUNK, rows } from "../shared/row_phases.ts";
import embeddingWgsl from "./embedding.wgsl" with { type: "text" };
import embeddingBackwardWgsl from "./embedding_backward.wgsl" with { type: "text" };

/** y[n] = table[ids[n]]. */
export const embeddingKernel = /* @__PURE__ */ defineKernel({
  name: "embedding",
  reads: { ids: "i32", table: "f32" },
  writes: { y: "f32" },
  constants: { N: "u32", V: "u32", C: "u32" },
  wgsl: [{ file: "embeddings/embedding.wgsl", source: embeddingWgsl, tile: [256] }],
  phases: ({ N, C }) => rows("embedding", N, C),
});

/** dtable[v] (+)= Σ dy[n] over the n with ids[n] = v. */
export const embeddingBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "embedding_backward",
  reads: { ids: "i32", dy: "f32" },
  writes: { dtable: "f32" },
  constants: { N: "u32", V: "u32", C: "u32", ACCUMULATE: "bool", ROWS: "u32" },
  wgsl: [{ file: "embeddings/embedding_backward.wgsl", source: embeddingBackwardWgsl, tile: [1] }],
  phases: ({ V, C, ACCUMULATE }) => [
    // A small table stays with one thread, in whose cache the sums are then made.
    ...ACCUMULATE
      ? []
      : [{ entry: "embeddingBackwardClear", units: V, grain: Math.ceil(16 * CHUNK / C) }],
    { entry: "embeddingBackward", units: 1, grain: 1 },
  ],
});

/**
 * Softmax attention with grouped heads over a fused query-key-value matrix.
 *
 * @module
 */
import {
  attentionBackwardKeyValueKernel,
  attentionBackwardQueryKernel,
  attentionKernel,
} from "../../kernels/attention/attention.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference, scratch, shapeError } from "../tensor/op.ts";
import type { Node, Shape, Value } from "../tensor/value.ts";
import { fusedWidth, type HeadLayout } from "./rope.ts";

/** Options of {@link attention}. */
export interface AttentionOptions extends HeadLayout {
  /** Whether a position sees only itself and those before it. */
  readonly causal: boolean;
  /** Factor of the scores; default `headDim^(-1/2)`. */
  readonly scale?: number;
}

/** Widest head: beyond it the tiles of the kernels do not fit the workgroup memory every GPU has. */
const MAX_HEAD_DIM = 128;

/** qkv (B, T, (Hq + 2 Hkv) D) → (y (B, T, Hq D), lse (B Hq T), which the backward pass reads). */
export const attentionOp: Op<AttentionOptions> = {
  name: "attention",
  infer(inputs, attributes) {
    const [qkv] = inputs;
    const { heads, keyValueHeads, headDim } = attributes;
    const width = fusedWidth(attributes);
    if (qkv.dtype !== "f32" || qkv.shape.length !== 3 || qkv.shape[2] !== width) {
      throw shapeError("attention", inputs, `it must be (B, T, ${width}) f32`);
    }
    if (keyValueHeads < 1 || heads % keyValueHeads !== 0) {
      throw shapeError(
        "attention",
        inputs,
        `${heads} query heads cannot share ${keyValueHeads} key/value heads evenly`,
      );
    }
    if (headDim > MAX_HEAD_DIM) {
      throw shapeError(
        "attention",
        inputs,
        `heads are at most ${MAX_HEAD_DIM} wide, got ${headDim}`,
      );
    }
    const [B, T] = qkv.shape;
    return [
      { shape: [B, T, heads * headDim], dtype: "f32" },
      { shape: [B * heads * T], dtype: "f32" },
    ];
  },
  lower({ inputs: [qkv], outputs, attributes }) {
    return [callKernel(attentionKernel, {
      reads: { qkv },
      writes: { y: outputs[0], lse: outputs[1] },
      ...launch(qkv.shape, attributes, attributes.headDim > 64 ? [16, 32] : [32, 32], "query"),
      flops: 4 * multiplications(qkv.shape, attributes),
    })];
  },
  vjp({ inputs: [qkv], outputs: [y, lse], attributes, cotangents: [dy] }) {
    return dy ? apply(attentionBackwardOp, [qkv, y, lse, dy], attributes) : [];
  },
  reference([qkv], node) {
    const { at, heads, B, T, D } = fusedIndex(node);
    const y = new Float64Array(B * T * heads * D);
    const lse = new Float64Array(B * heads * T);
    eachAttentionRow(qkv, node, ({ b, h, t, weights, logSum }) => {
      lse[(b * heads + h) * T + t] = logSum;
      const row = ((b * T + t) * heads + h) * D;
      weights.forEach((p, s) => {
        for (let d = 0; d < D; d++) y[row + d] += p * qkv[at.value(b, s, h) + d];
      });
    });
    return [y, lse];
  },
};

/** (qkv, y, lse, dy) → dqkv, in two dispatches: query heads, then key and value heads. */
export const attentionBackwardOp: Op<AttentionOptions> = {
  name: "attention_backward",
  infer: ([qkv]) => [qkv],
  lower({ inputs: [qkv, y, lse, dy], outputs: [dqkv], attributes }) {
    const delta = scratch(lse);
    const { headDim } = attributes;
    const tile: Tile = headDim > 64 ? [8, 16] : headDim > 32 ? [16, 32] : [32, 16];
    const count = multiplications(qkv.shape, attributes);
    return [
      callKernel(attentionBackwardQueryKernel, {
        reads: { qkv, y, dy, lse },
        writes: { dqkv, delta },
        ...launch(qkv.shape, attributes, tile, "query"),
        flops: 6 * count,
      }),
      callKernel(attentionBackwardKeyValueKernel, {
        reads: { qkv, dy, lse, delta },
        writes: { dqkv },
        ...launch(qkv.shape, attributes, tile, "key"),
        flops: 8 * count,
      }),
    ];
  },
  reference([qkv, , , dy], node) {
    const { at, heads, T, D, scale } = fusedIndex(node);
    const dqkv = new Float64Array(qkv.length);
    eachAttentionRow(qkv, node, ({ b, h, t, weights }) => {
      const row = ((b * T + t) * heads + h) * D;
      const dweights = weights.map((_, s) => {
        let sum = 0;
        for (let d = 0; d < D; d++) sum += dy[row + d] * qkv[at.value(b, s, h) + d];
        return sum;
      });
      const delta = weights.reduce((sum, p, s) => sum + p * dweights[s], 0);
      const q = at.query(b, t, h);
      weights.forEach((p, s) => {
        const dscore = scale * p * (dweights[s] - delta);
        const k = at.key(b, s, h);
        const v = at.value(b, s, h);
        for (let d = 0; d < D; d++) {
          dqkv[q + d] += dscore * qkv[k + d];
          dqkv[k + d] += dscore * qkv[q + d];
          dqkv[v + d] += p * dy[row + d];
        }
      });
    });
    return [dqkv];
  },
};

/** Rows a workgroup owns and columns it takes at a time: both times the head must fit 32 KiB. */
type Tile = readonly [rows: number, columns: number];

function launch(
  [B, T]: Shape,
  attributes: AttentionOptions,
  [rows, columns]: Tile,
  rowsAre: "query" | "key",
) {
  const { heads, keyValueHeads, headDim, causal, scale = headDim ** -0.5 } = attributes;
  const words = Math.ceil(headDim / 4);
  return {
    constants: {
      T,
      D: headDim,
      WORDS: words,
      LANES: 2 ** Math.ceil(Math.log2(words)),
      HEADS: heads,
      GROUP: heads / keyValueHeads,
      CAUSAL: causal,
      SCALE: scale,
      ROWS: rows,
      COLUMNS: columns,
    },
    extent: [Math.ceil(T / rows), rowsAre === "query" ? heads : keyValueHeads, B],
  };
}

/** Multiplications of one matrix product over all scores that are not masked. */
function multiplications([B, T]: Shape, { heads, headDim, causal }: AttentionOptions): number {
  return B * heads * headDim * (causal ? T * (T + 1) / 2 : T * T);
}

/** Where the heads lie in the fused matrix. */
function fusedIndex({ inputs, attributes }: Node<AttentionOptions>) {
  const { heads, keyValueHeads, headDim: D, scale = D ** -0.5 } = attributes;
  const [B, T, width] = inputs[0].shape;
  const shared = (h: number) => Math.floor(h * keyValueHeads / heads);
  const row = (b: number, t: number) => (b * T + t) * width;
  const at = {
    query: (b: number, t: number, h: number) => row(b, t) + h * D,
    key: (b: number, t: number, h: number) => row(b, t) + (heads + shared(h)) * D,
    value: (b: number, t: number, h: number) => row(b, t) + (heads + keyValueHeads + shared(h)) * D,
  };
  return { at, heads, B, T, D, scale };
}

/** One query of one head. */
export interface AttentionRow {
  /** Row of the batch. */
  readonly b: number;
  /** Query head. */
  readonly h: number;
  /** Position. */
  readonly t: number;
  /** Softmax weights of the visible positions. */
  readonly weights: Float64Array;
  /** Log of the sum of the exponentials. */
  readonly logSum: number;
}

/** Visits the softmax weights of every query, in float64. */
export function eachAttentionRow(
  qkv: Reference,
  node: Node<AttentionOptions>,
  visit: (row: AttentionRow) => void,
): void {
  const { at, heads, B, T, D, scale } = fusedIndex(node);
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < heads; h++) {
      for (let t = 0; t < T; t++) {
        const length = node.attributes.causal ? t + 1 : T;
        const scores = Float64Array.from({ length }, (_, s) => {
          let sum = 0;
          for (let d = 0; d < D; d++) sum += qkv[at.query(b, t, h) + d] * qkv[at.key(b, s, h) + d];
          return scale * sum;
        });
        const peak = scores.reduce((largest, score) => Math.max(largest, score), -Infinity);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - peak), 0);
        const logSum = peak + Math.log(total);
        visit({ b, h, t, logSum, weights: scores.map((score) => Math.exp(score - logSum)) });
      }
    }
  }
}

/**
 * Softmax attention; query head h reads key/value head floor(h · Hkv / Hq).
 *
 * `y[t] = Σ_s softmax_s(scale q[t]·k[s]) v[s]` per head, s ≤ t if causal. The T×T scores are never held.
 *
 * @param qkv (B, T, (Hq + 2 Hkv) D) f32: query heads, key heads, value heads.
 * @returns (B, T, Hq D) f32.
 * @throws {TypeError} If the shape does not fit, the heads do not divide, or a head is wider than 128.
 * @see Dao et al., "FlashAttention", arXiv 2205.14135; Ainslie et al., "GQA", arXiv 2305.13245
 */
export function attention(qkv: Value, options: AttentionOptions): Value {
  return apply(attentionOp, [qkv], options)[0];
}

/**
 * The weights of softmax attention, to look at: attention itself never holds them.
 *
 * @module
 */
import { attentionProbabilitiesKernel } from "../../kernels/attention/attention_probabilities.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op } from "../tensor/op.ts";
import type { Value } from "../tensor/value.ts";
import { attentionOp, type AttentionOptions, eachAttentionRow } from "./attention.ts";

/** qkv (B, T, (Hq + 2 Hkv) D) → p (B, Hq, T, T). It has no gradient. */
export const attentionProbabilitiesOp: Op<AttentionOptions> = {
  name: "attention_probabilities",
  infer(inputs, attributes) {
    attentionOp.infer(inputs, attributes);
    const [B, T] = inputs[0].shape;
    return [{ shape: [B, attributes.heads, T, T], dtype: "f32" }];
  },
  lower({ inputs: [qkv], outputs, attributes }) {
    const { heads, keyValueHeads, headDim, causal, scale = headDim ** -0.5 } = attributes;
    const [B, T] = qkv.shape;
    return [callKernel(attentionProbabilitiesKernel, {
      constants: {
        T,
        D: headDim,
        HEADS: heads,
        GROUP: heads / keyValueHeads,
        CAUSAL: causal,
        SCALE: scale,
      },
      reads: { qkv },
      writes: { p: outputs[0] },
      extent: [T, heads, B],
      flops: 2 * B * heads * T * T * headDim,
    })];
  },
  reference([qkv], node) {
    const { inputs, attributes: { heads } } = node;
    const [B, T] = inputs[0].shape;
    const p = new Float64Array(B * heads * T * T);
    eachAttentionRow(qkv, node, ({ b, h, t, weights }) => {
      p.set(weights, ((b * heads + h) * T + t) * T);
    });
    return [p];
  },
};

/**
 * How much each position looks at each other: `p[b, h, t, s] = softmax_s(scale q[t]·k[s])` per head; 0 for s > t if
 * causal.
 *
 * @param qkv (B, T, (Hq + 2 Hkv) D) f32, what the attention is applied to.
 * @returns (B, Hq, T, T) f32; every row sums to one. It has no gradient.
 * @throws {TypeError} If the shape does not fit, the heads do not divide, or a head is wider than 128.
 */
export function attentionProbabilities(qkv: Value, options: AttentionOptions): Value {
  return apply(attentionProbabilitiesOp, [qkv], options)[0];
}

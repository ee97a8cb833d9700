/**
 * From attention probabilities to what of an image is looked at.
 *
 * @module
 */

/** Attention probabilities of one image. */
export interface ImageAttention {
  /** L, the blocks. */
  readonly layers: number;
  /** H, the heads. */
  readonly heads: number;
  /** T, the tokens, the class token first if there is one. */
  readonly tokens: number;
  /** Whether the first token is the class token. */
  readonly hasClassToken: boolean;
  /** (L, H, T, T) how much each token looks at each other. */
  readonly probabilities: Float32Array;
}

/**
 * How much each patch is looked at in the last block, head by head: by the class token, or by all tokens where there is
 * none.
 *
 * @returns Per head (patches), row by row of the image.
 */
export function lastBlockMaps(attention: ImageAttention): Float64Array[] {
  const { layers, heads, tokens, probabilities } = attention;
  const size = tokens * tokens;
  return Array.from({ length: heads }, (_, head) => {
    const start = ((layers - 1) * heads + head) * size;
    return seenPatches(Float64Array.from(probabilities.subarray(start, start + size)), attention);
  });
}

/**
 * Attention rollout: how much each patch reaches the class token, or all tokens where there is none, through all blocks.
 * Each block passes on half by its attention, the mean over its heads, and half along the residual stream:
 * `R = Π (½ A + ½ I)`.
 *
 * @returns (patches), row by row of the image.
 * @see Abnar and Zuidema, "Quantifying Attention Flow in Transformers", arXiv 2005.00928
 */
export function attentionRollout(attention: ImageAttention): Float64Array {
  const { layers, heads, tokens, probabilities } = attention;
  const size = tokens * tokens;
  let flow = new Float64Array(size);
  for (let token = 0; token < tokens; token++) flow[token * tokens + token] = 1;
  for (let layer = 0; layer < layers; layer++) {
    const passed = new Float64Array(size);
    for (let head = 0; head < heads; head++) {
      const start = (layer * heads + head) * size;
      for (let at = 0; at < size; at++) passed[at] += 0.5 * probabilities[start + at] / heads;
    }
    for (let token = 0; token < tokens; token++) passed[token * tokens + token] += 0.5;
    flow = product(passed, flow, tokens);
  }
  return seenPatches(flow, attention);
}

/** The row of the class token, or the mean of all rows; without the class token's column. */
function seenPatches(
  rows: Float64Array,
  { tokens, hasClassToken }: ImageAttention,
): Float64Array<ArrayBuffer> {
  if (hasClassToken) return rows.slice(1, tokens);
  const seen = new Float64Array(tokens);
  for (let at = 0; at < rows.length; at++) seen[at % tokens] += rows[at] / tokens;
  return seen;
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < size; k++) {
      const factor = a[row * size + k];
      for (let column = 0; column < size; column++) {
        out[row * size + column] += factor * b[k * size + column];
      }
    }
  }
  return out;
}

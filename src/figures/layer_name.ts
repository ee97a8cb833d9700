/**
 * Where in a model a weight matrix is.
 *
 * @module
 */

/** A weight matrix by the block it is in and by what it does there. */
export interface LayerPlace {
  /** Index of the block, from 0; 0 for matrices outside of blocks. */
  readonly block: number;
  /** What it is in every block, such as `down_proj`. */
  readonly kind: string;
}

const DENSE = ".dense";

/**
 * The place that the name of a module tells.
 *
 * @param name Such as `model.layers.3.mlp.down_proj` or `vit.encoder.layer.3.intermediate.dense`.
 */
export function layerPlace(name: string): LayerPlace {
  const match = /\.(\d+)\.(.+)$/.exec(name);
  if (match === null) return { block: 0, kind: name };
  const [, block, path] = match;
  // Hugging Face's image models call most of their matrices `dense`, after what they are.
  const kind = path.endsWith(DENSE) ? path.slice(0, -DENSE.length) : path.split(".").at(-1)!;
  return { block: Number(block), kind };
}

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

/**
 * The place that the name of a module tells.
 *
 * @param name Such as `model.layers.3.mlp.down_proj`.
 */
export function layerPlace(name: string): LayerPlace {
  const match = /\.(\d+)\.(.+)$/.exec(name);
  if (match === null) return { block: 0, kind: name };
  const [, block, path] = match;
  return { block: Number(block), kind: path.split(".").at(-1)! };
}

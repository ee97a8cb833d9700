/**
 * Probabilities that a model is asked for in place of one class.
 *
 * @module
 */

import type { ImageLabels } from "../image_split.ts";

/**
 * Writes the wanted probabilities of images, each of one class: `1 − e + e / V` for it and `e / V` for every other.
 *
 * @param labels (B) the classes.
 * @param smoothing e, the share that is spread over all V classes.
 * @param out Receives (B, V).
 * @see Szegedy et al., "Rethinking the Inception Architecture", arXiv 1512.00567, section 7
 */
export function writeSoftLabels(
  labels: ImageLabels,
  smoothing: number,
  out: Float32Array,
): void {
  const classes = out.length / labels.length;
  out.fill(smoothing / classes);
  for (let row = 0; row < labels.length; row++) {
    out[row * classes + labels[row]] += 1 - smoothing;
  }
}

/**
 * Mixes each row of a batch with its partner, `share · own + (1 − share) · partner's`; the partner of the first is the
 * last, of the second the one before it, and so on.
 *
 * @param values (B, …) rows.
 * @param rows B.
 * @param share How much of its own each keeps.
 */
export function mixRows(values: Float32Array, rows: number, share: number): void {
  const length = values.length / rows;
  const other = 1 - share;
  for (let row = 0; row < rows >> 1; row++) {
    let mine = row * length;
    let theirs = (rows - 1 - row) * length;
    for (const end = mine + length; mine < end; mine++, theirs++) {
      const [a, b] = [values[mine], values[theirs]];
      values[mine] = share * a + other * b;
      values[theirs] = share * b + other * a;
    }
  }
}

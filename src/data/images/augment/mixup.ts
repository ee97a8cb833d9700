/**
 * Mixup: images and their wanted probabilities are mixed in pairs.
 *
 * @module
 */

import type { Random } from "../../../random.ts";
import { sampleBeta } from "./beta.ts";
import { mixRows } from "./soft_labels.ts";

/**
 * Lays each image of a batch over its partner, in place. One share, from the distribution Beta(α, α), is drawn for the
 * whole batch.
 *
 * @param images (B, …) normalized pixels.
 * @param wanted (B, V) wanted probabilities.
 * @param rows B.
 * @param alpha α, above 0; 1 makes every share as likely.
 * @see Zhang et al., "mixup: Beyond Empirical Risk Minimization", arXiv 1710.09412
 */
export function mixup(
  images: Float32Array,
  wanted: Float32Array,
  rows: number,
  alpha: number,
  random: Random,
): void {
  const share = sampleBeta(alpha, random);
  mixRows(images, rows, share);
  mixRows(wanted, rows, share);
}

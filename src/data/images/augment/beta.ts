/**
 * Random shares.
 *
 * @module
 */

import type { Random } from "../../../random.ts";

/**
 * A number from the distribution Beta(α, α): `x / (x + y)` of two numbers from Gamma(α).
 *
 * @param alpha α, above 0.
 */
export function sampleBeta(alpha: number, random: Random): number {
  if (alpha === 1) return random.uniform();
  const x = sampleLogGamma(alpha, random);
  const y = sampleLogGamma(alpha, random);
  // Of the logarithms: for a small α both numbers can be too small for a float.
  return 1 / (1 + Math.exp(y - x));
}

/**
 * The logarithm of a number from the distribution Gamma(α, 1).
 *
 * @see Marsaglia and Tsang, "A simple method for generating gamma variables", 2000
 */
function sampleLogGamma(alpha: number, random: Random): number {
  if (alpha < 1) {
    const boosted = sampleLogGamma(alpha + 1, random);
    return boosted + Math.log(1 - random.uniform()) / alpha;
  }
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    if (Math.log(u) < x * x / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}

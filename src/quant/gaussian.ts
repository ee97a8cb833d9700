/**
 * The best evenly spaced levels for normally distributed weights.
 *
 * @module
 */
import type { WeightFormat } from "./quantizer.ts";

/**
 * Scale per standard deviation that gives weights of a normal distribution the smallest mean squared error: up to
 * 4 bits for all 2^bits odd codes (half of the spacing in Max's table), from 5 bits for the codes of 2^bits − 1
 * levels around 0, which is no worse there and fits into a byte at 8 bits.
 */
const STEPS: Readonly<Record<number, number>> = {
  2: 0.49786,
  3: 0.29300,
  4: 0.16762,
  5: 0.19327,
  6: 0.10550,
  7: 0.05726,
  8: 0.03087,
};

/**
 * Rounding, codes and divisor for 2 to 8 bits, of a statistic that is `statisticPerDeviation` standard
 * deviations of a normal distribution.
 *
 * @see Max, "Quantizing for minimum distortion", IRE Transactions on Information Theory 6, 1960, table II
 */
export function gaussianLevels(
  bits: number,
  statisticPerDeviation: number,
): Pick<WeightFormat, "divisor" | "rounding" | "codes"> {
  const odd = bits <= 4;
  const high = odd ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  return {
    divisor: statisticPerDeviation / STEPS[bits],
    rounding: odd ? "odd" : "nearest",
    codes: [-high, high],
  };
}

/**
 * Weight formats as the kernels read them: rows of numbers.
 *
 * @module
 */
import {
  MIN_STATISTIC,
  type WeightFormat,
  type WeightRounding,
  type WeightStatistic,
} from "./quantizer.ts";

/** Numbers per format: statistic, rounding, divisor, minimum, smallest and largest code, two unused. */
export const FORMAT_COLUMNS = 8;

/** In the order of the numbers that `kernels/quantize_weights.wgsl` knows them by. */
const STATISTICS: readonly WeightStatistic[] = [
  "meanAbsolute",
  "medianAbsolute",
  "maxAbsolute",
  "rootMeanSquare",
  "leastSquares",
];

/** Likewise. */
const ROUNDINGS: readonly WeightRounding[] = [
  "nearest",
  "odd",
  "sign",
  "centredSign",
  "threshold",
];

/** The {@link FORMAT_COLUMNS} numbers of a format. */
export function encodeFormat(format: WeightFormat): number[] {
  const { statistic, rounding, divisor, minimum = MIN_STATISTIC, codes } = format;
  return [
    STATISTICS.indexOf(statistic),
    ROUNDINGS.indexOf(rounding),
    divisor,
    minimum,
    ...codes,
    0,
    0,
  ];
}

/** The format that {@link encodeFormat} made these numbers of. */
export function decodeFormat(numbers: ArrayLike<number>): WeightFormat {
  const [statistic, rounding, divisor, minimum, low, high] = Array.from(numbers);
  return {
    statistic: STATISTICS[statistic],
    rounding: ROUNDINGS[rounding],
    divisor,
    minimum,
    codes: [low, high],
  };
}

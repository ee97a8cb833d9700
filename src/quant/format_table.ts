/**
 * Weight formats as the kernels read them: rows of numbers.
 *
 * @module
 */
import {
  clipRange,
  MIN_STATISTIC,
  type WeightFormat,
  type WeightRounding,
  type WeightStatistic,
} from "./quantizer.ts";

/**
 * Numbers per format: statistic, rounding, divisor, minimum, smallest and largest code, both ends of the clip range,
 * dŴ/dα below and above it, the factor of dα, and one that is unused.
 */
export const FORMAT_COLUMNS = 12;

/** Number of the statistic where the scale is learned. */
const LEARNED = 5;

/** Stands for no end of a range: shading languages need not know infinity. */
const FAR = 3e38;

/** In the order of the numbers that `kernels/quantizers/quantize_weights.wgsl` knows them by. */
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

/**
 * The {@link FORMAT_COLUMNS} numbers of a format.
 *
 * @param elements Number of weights in the matrix.
 */
export function encodeFormat(format: WeightFormat, elements: number): number[] {
  const { statistic, rounding, divisor, minimum = MIN_STATISTIC, codes, learned } = format;
  const [low, high] = codes;
  return [
    learned ? LEARNED : STATISTICS.indexOf(statistic),
    ROUNDINGS.indexOf(rounding),
    divisor,
    minimum,
    low,
    high,
    ...clipRange(format).map((end) => Math.max(-FAR, Math.min(FAR, end))),
    ...learned?.saturated ?? [low / divisor, high / divisor],
    learned ? 1 / Math.sqrt(elements * learned.gradientLevels) : 0,
    0,
  ];
}

/** What {@link encodeFormat} made these numbers of; what a learned scale starts from is not in them. */
export function decodeFormat(numbers: ArrayLike<number>): WeightFormat {
  const [statistic, rounding, divisor, minimum, low, high, ...rest] = Array.from(numbers);
  const [clipLow, clipHigh, below, above] = rest;
  const isLearned = statistic === LEARNED;
  return {
    statistic: isLearned ? "maxAbsolute" : STATISTICS[statistic],
    ...isLearned && {
      learned: { startDivisor: 1, gradientLevels: 1, saturated: [below, above] as const },
    },
    rounding: ROUNDINGS[rounding],
    divisor,
    minimum,
    codes: [low, high],
    clip: [clipLow, clipHigh],
  };
}

/** The factor of dα in these numbers. */
export function gradientFactor(numbers: ArrayLike<number>): number {
  return numbers[10];
}

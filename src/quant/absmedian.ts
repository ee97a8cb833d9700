/**
 * Scales made of the median magnitude, which outliers do not move.
 *
 * @module
 */
import { gaussianLevels } from "./gaussian.ts";
import type { WeightQuantizer } from "./quantizer.ts";

/** Median magnitude of a normal distribution of deviation 1. */
const NORMAL_MEDIAN = 0.6744897501960817;

/**
 * 1.58 bits: scale = max(median|W|, 1e-5); code = clamp(round(W / scale), −1, 1). The median of an even number of
 * weights is the lower of the two in the middle, as in PyTorch.
 *
 * 2 to 8 bits: scale = max(median|W|, 1e-5) · Δ / 0.6745, with Δ and codes of {@link absmean}.
 *
 * @see Nielsen and Schneider-Kamp, "BitNet b1.58 Reloaded: State-of-the-art Performance Also on Smaller
 * Networks", arXiv 2407.09527
 */
export const absmedian: WeightQuantizer = {
  name: "absmedian",
  widths: [1.58, 2, 3, 4, 5, 6, 7, 8],
  format: (bits) => ({
    statistic: "medianAbsolute",
    ...(bits === 1.58
      ? { divisor: 1, rounding: "nearest", codes: [-1, 1] }
      : gaussianLevels(bits, NORMAL_MEDIAN)),
  }),
};

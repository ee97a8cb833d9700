/** `absmean` and `absmedian` from 2 to 8 bits: their scales, and their formulas written out in float64. */
import assert from "node:assert/strict";
import { gaussianLevels } from "../../src/quant/gaussian.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { roundHalfEven } from "../../src/quant/rounding.ts";
import { weightQuantizer } from "../../src/quant/schemes.ts";
import { assertClose } from "../assert_close.ts";
import { normal } from "../ops/sweep.ts";

const WIDTHS = [2, 3, 4, 5, 6, 7, 8];

/** The code of w, with the levels that the widths have: all odd ones up to 4 bits, those around 0 from 5 bits on. */
function codeOf(w: number, scale: number, bits: number): number {
  const clamp = (code: number, largest: number) => Math.max(-largest, Math.min(largest, code));
  return bits <= 4
    ? clamp(2 * roundHalfEven(w / (2 * scale) - 0.5) + 1, 2 ** bits - 1)
    : clamp(roundHalfEven(w / scale), 2 ** (bits - 1) - 1);
}

/** ∫ (w − code(w)·scale)² φ(w) dw over the positive half of the standard normal distribution. */
function normalError(scale: number, bits: number): number {
  const h = 1e-3;
  let sum = 0;
  for (let w = h / 2; w < 8; w += h) {
    sum += (w - codeOf(w, scale, bits) * scale) ** 2 * Math.exp(-w * w / 2);
  }
  return sum * h / Math.sqrt(2 * Math.PI);
}

/** The scale of least error, by golden section. */
function bestScale(bits: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [1 / 2 ** bits, 16 / 2 ** bits];
  while (high - low > 1e-6) {
    const [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (normalError(a, bits) < normalError(b, bits)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}

for (const bits of WIDTHS) {
  Deno.test(`at ${bits} bits the scale has the least squared error on normal weights`, () => {
    const { divisor } = gaussianLevels(bits, 1);
    assertClose([1 / divisor], [bestScale(bits)], { rtol: 2e-3 });
  });
}

/** Δ of Max's table II for 4, 8 and 16 levels. */
const MAX_SPACING = [[2, 0.9957], [3, 0.5860], [4, 0.3352]];

Deno.test("up to 4 bits the levels are as far apart as in Max's table", () => {
  for (const [bits, spacing] of MAX_SPACING) {
    assertClose([2 / gaussianLevels(bits, 1).divisor], [spacing], { rtol: 2e-4 });
  }
});

for (const count of [256, 333]) {
  const weights = normal(count, count).map((w) => 0.02 * w);
  const magnitudes = Array.from(weights, Math.abs).sort((a, b) => a - b);
  const mean = magnitudes.reduce((sum, w) => sum + w, 0) / count;
  const median = magnitudes[Math.floor((count - 1) / 2)];
  // Of a normal distribution the mean magnitude is √(2/π), the median 0.6745.
  const deviations = { absmean: mean / Math.sqrt(2 / Math.PI), absmedian: median / 0.67448975 };
  for (const [scheme, deviation] of Object.entries(deviations)) {
    Deno.test(`${scheme} of ${count} weights is its formula at every width`, () => {
      for (const bits of WIDTHS) {
        const { codes, scale } = quantizeGroup(weightQuantizer(bits, scheme).format(bits), weights);
        // Two bits of absmean have levels as far apart as ternary ones.
        const halfMean = scheme === "absmean" && bits === 2;
        const expected = halfMean ? mean / 2 : deviation * bestScale(bits);
        assertClose([scale], [expected], { rtol: halfMean ? 1e-12 : 2e-3, label: `${bits} bits` });
        assert.deepEqual(codes, Int8Array.from(weights, (w) => codeOf(w, scale, bits)));
      }
      const ternary = quantizeGroup(weightQuantizer(1.58, scheme).format(1.58), weights);
      assertClose([ternary.scale], [scheme === "absmean" ? mean : median], { rtol: 1e-12 });
      const nearest = (w: number) => Math.max(-1, Math.min(1, roundHalfEven(w / ternary.scale)));
      assert.deepEqual(ternary.codes, Int8Array.from(weights, nearest));
    });
  }
}

Deno.test("the median of an even number is the lower one in the middle, as in PyTorch", () => {
  const median = (...weights: number[]) =>
    quantizeGroup(weightQuantizer(1.58, "absmedian").format(1.58), weights).scale;
  assert.equal(median(-4, 1, 3, -2), 2);
  assert.equal(median(5, -1, 3), 3);
  assert.equal(median(0, 0), 1e-5);
});

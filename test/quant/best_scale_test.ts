import assert from "node:assert/strict";
import { bestLearnedScale } from "../../src/quant/best_scale.ts";
import { lsq } from "../../src/quant/lsq.ts";
import { quantizeGroup, startOfScale } from "../../src/quant/quantize_group.ts";
import type { WeightFormat } from "../../src/quant/quantizer.ts";
import { seq } from "../../src/quant/seq.ts";
import { normal } from "../ops/sweep.ts";

function squaredError(format: WeightFormat, weights: Float32Array, learned: number): number {
  const { codes, scale } = quantizeGroup(format, weights, { learned });
  return weights.reduce((sum, w, i) => sum + (w - codes[i] * scale) ** 2, 0);
}

const cases = [
  ...lsq.widths.map((bits) => ["lsq", bits, lsq.format(bits)] as const),
  ...seq.widths.map((bits) => ["seq", bits, seq.format(bits)] as const),
];

for (const [name, bits, format] of cases) {
  Deno.test(`${name}, ${bits} bits: no scale of many has a smaller error`, () => {
    for (const seed of [1, 2, 3]) {
      const weights = normal(96, seed).map((w) => 0.02 * w);
      if (seed === 3) weights[5] = 0.2; // an outlier
      const best = squaredError(format, weights, bestLearnedScale(format, weights));
      const top = Math.max(...weights.map(Math.abs)) / format.codes[1] * format.divisor;
      const least = Math.min(
        ...Array.from(
          { length: 2000 },
          (_, i) => squaredError(format, weights, top * (i + 1) / 1600),
        ),
      );
      assert.ok(best <= 1.05 * least, `seed ${seed}: ${best}, but ${least} is possible`);
      assert.ok(best <= squaredError(format, weights, startOfScale(format, weights)));
    }
  });
}

Deno.test("the best scale of signs is the mean magnitude", () => {
  const weights = Float32Array.of(0.5, -0.25, 1, -0.125);
  const alpha = bestLearnedScale(seq.format(1), weights);
  assert.ok(Math.abs(alpha - 1.875 / 4) < 1e-7);
});

Deno.test("zeros have the scale that training would start from", () => {
  const format = lsq.format(4);
  assert.equal(
    bestLearnedScale(format, new Float32Array(3)),
    startOfScale(format, new Float32Array(3)),
  );
});

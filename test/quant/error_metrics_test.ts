import assert from "node:assert/strict";
import { quantizationError } from "../../src/quant/error_metrics.ts";

Deno.test("equal weights have no error", () => {
  assert.deepEqual(quantizationError([1, -2], [1, -2]), {
    relativeMse: 0,
    cosine: 1,
    sqnrDecibels: Infinity,
  });
  assert.deepEqual(quantizationError([0, 0], [0, 0]), {
    relativeMse: 0,
    cosine: 0,
    sqnrDecibels: Infinity,
  });
});

Deno.test("zeros in place of weights lose everything", () => {
  assert.deepEqual(quantizationError([3, -4], [0, 0]), {
    relativeMse: 1,
    cosine: 0,
    sqnrDecibels: 0,
  });
});

Deno.test("a known error", () => {
  const { relativeMse, cosine, sqnrDecibels } = quantizationError([3, 4], [4, 3]);
  assert.equal(relativeMse, 2 / 25);
  assert.equal(cosine, 24 / 25);
  assert.equal(sqnrDecibels, 10 * Math.log10(25 / 2));
});

Deno.test("as many weights as quantized ones", () => {
  assert.throws(() => quantizationError([1], [1, 2]), /Cannot compare 1 weights with 2/);
});

import assert from "node:assert/strict";
import { deviationOf, meanOf } from "../../src/figures/mean_and_deviation.ts";

Deno.test("a deviation is that of a sample, and needs two values", () => {
  assert.equal(meanOf([1, 3, 5]), 3);
  assert.equal(deviationOf([3]), undefined);
  assert.equal(deviationOf([3, 3]), 0);
  assert.equal(deviationOf([1, 3]), Math.SQRT2);
});

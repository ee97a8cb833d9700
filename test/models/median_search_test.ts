import assert from "node:assert/strict";
import { MedianSearch } from "../../src/models/median_search.ts";
import { normal } from "../ops/sweep.ts";

/** Of numbers in pieces of seven. */
function median(values: Float32Array): number {
  const search = new MedianSearch();
  const pass = () => {
    for (let at = 0; at < values.length; at += 7) search.add(values.subarray(at, at + 7));
  };
  pass();
  search.narrow();
  pass();
  return search.result();
}

Deno.test("MedianSearch: the lower of the middle magnitudes, to the bit", () => {
  for (const count of [1, 2, 3, 8, 501, 1000]) {
    const values = normal(count, count);
    const sorted = values.map(Math.abs).sort();
    assert.equal(median(values), sorted[Math.floor((count - 1) / 2)], `${count}`);
  }
  assert.equal(median(Float32Array.of(-2, 0, 0, -0)), 0);
  assert.equal(median(new Float32Array(20).fill(-0.3)), Math.fround(0.3));
  // Magnitudes that differ in their last bits only.
  const close = Float32Array.from({ length: 9 }, (_, i) => 1 + (9 - i) * 2 ** -23);
  assert.equal(median(close), 1 + 5 * 2 ** -23);
});

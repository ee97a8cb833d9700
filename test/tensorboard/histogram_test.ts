import assert from "node:assert/strict";
import { histogramOfCodes, histogramOfValues } from "../../src/tensorboard/histogram.ts";

const total = (buckets: readonly { readonly count: number }[]) =>
  buckets.reduce((sum, { count }) => sum + count, 0);

Deno.test("values are counted in thirty buckets from the smallest to the largest", () => {
  const values = Float32Array.from({ length: 3001 }, (_, index) => (index - 1000) / 1000);
  const buckets = histogramOfValues(values);
  assert.equal(buckets.length, 30);
  assert.deepEqual([buckets[0].left, buckets[29].right], [-1, 2]);
  assert.equal(total(buckets), 3001);
  for (const [index, { left, right, count }] of buckets.entries()) {
    if (index > 0) assert.equal(left, buckets[index - 1].right);
    assert.ok(right > left);
    const inside = values.filter((value) =>
      value >= left && (value < right || index === 29)
    ).length;
    // The edges are not exact in binary: a value on one may be counted on either side of it.
    assert.ok(Math.abs(count - inside) <= 1, `${count} of ${inside} in bucket ${index}`);
  }
});

Deno.test("equal values are in the last of buckets without width", () => {
  const buckets = histogramOfValues(new Float32Array(5).fill(0.5));
  assert.deepEqual(buckets.at(-1), { left: 0.5, right: 0.5, count: 5 });
  assert.equal(total(buckets), 5);
});

Deno.test("a part of a large tensor stands for the whole, across all its columns", () => {
  // Column c of 1,024 holds c: a stride that shares a factor with 1,024 would miss most of them.
  const values = Float32Array.from({ length: 1024 * 1024 }, (_, index) => index % 1024);
  const buckets = histogramOfValues(values);
  assert.ok(Math.abs(total(buckets) / values.length - 1) < 1e-4);
  for (const { count } of buckets) assert.ok(Math.abs(count * 30 / values.length - 1) < 0.05);
});

Deno.test("each code has a bucket of its own, also one that does not occur", () => {
  assert.deepEqual(histogramOfCodes(Int8Array.of(2, -1, 2, 2)), [
    { left: -1.5, right: -0.5, count: 1 },
    { left: -0.5, right: 0.5, count: 0 },
    { left: 0.5, right: 1.5, count: 0 },
    { left: 1.5, right: 2.5, count: 3 },
  ]);
  const [least, ...others] = histogramOfCodes(Int8Array.of(-128, 127));
  assert.deepEqual(least, { left: -128.5, right: -127.5, count: 1 });
  assert.deepEqual(others.at(-1), { left: 126.5, right: 127.5, count: 1 });
  assert.equal(others.length, 255);
});

Deno.test("codes that are all odd have buckets twice as wide, padding zeros none", () => {
  assert.deepEqual(histogramOfCodes(Int8Array.of(-3, 0, 1, 0, -3, 0), 3), [
    { left: -4, right: -2, count: 2 },
    { left: -2, right: 0, count: 0 },
    { left: 0, right: 2, count: 1 },
  ]);
  assert.equal(histogramOfCodes(Int8Array.of(-3, 0, 1, 0), 1).length, 5);
});

import assert from "node:assert/strict";
import { lossTrend, trendLosses } from "../../../src/train/tuner/loss_trend.ts";

/** Ten losses: `last` after nine times `level`. */
const jump = (level: number, last: number) => [...Array<number>(9).fill(level), last];
/** Five times `first`, five times `second`. */
const halves = (first: number, second: number) => [
  ...Array<number>(5).fill(first),
  ...Array<number>(5).fill(second),
];

Deno.test("a last loss of more than twice the mean of the nine before it explodes", () => {
  assert.equal(lossTrend(jump(2, 4.01)), "exploding");
  assert.equal(lossTrend(jump(2, 4)), "stable");
  // The mean is that of the nine, not of all ten: 3.5 is not twice 2.15.
  assert.equal(lossTrend([2, 2, 2, 2, 2, 2, 2, 1, 1, 3.7]), "exploding");
});

Deno.test("a spread below a hundredth of the mean is a plateau", () => {
  assert.equal(lossTrend(Array<number>(10).fill(1.5)), "plateau");
  // The deviation of ±d about the mean is d.
  assert.equal(lossTrend(halves(1.0099, 0.9901)), "plateau");
  assert.equal(lossTrend(halves(1.0101, 0.9899)), "stable");
});

Deno.test("a second half below 0.95 of the first improves", () => {
  assert.equal(lossTrend(halves(2, 1.89)), "improving");
  assert.equal(lossTrend(halves(2, 1.91)), "stable");
  assert.equal(lossTrend(halves(1.89, 2)), "stable");
});

Deno.test("only the last ten losses count, and fewer show nothing", () => {
  assert.equal(lossTrend([100, 100, ...jump(2, 5)]), "exploding");
  assert.equal(lossTrend(jump(2, 5).slice(1)), "stable");
  assert.equal(lossTrend(Array<number>(9).fill(1)), "stable");
  assert.equal(lossTrend([]), "stable");
});

Deno.test("many losses are ten means of consecutive steps", () => {
  const losses = Array.from({ length: 25 }, (_, step) => step);
  const means = trendLosses(losses);
  assert.deepEqual(means, [0.5, 3, 5.5, 8, 10.5, 13, 15.5, 18, 20.5, 23]);
  assert.deepEqual(trendLosses([3, 1, 2]), [3, 1, 2]);
  const ten = Array.from({ length: 10 }, (_, step) => 1 / (step + 1));
  assert.deepEqual(trendLosses(ten), ten);
});

Deno.test("batches that scatter by three percent around one level are a plateau", () => {
  // ±3 % in turns, and a period that does not divide the means' length.
  const losses = Array.from({ length: 250 }, (_, step) => 1.6 * (1 + 0.03 * Math.sin(step * 2.1)));
  assert.notEqual(lossTrend(losses), "plateau");
  assert.equal(lossTrend(trendLosses(losses)), "plateau");
});

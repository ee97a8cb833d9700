import assert from "node:assert/strict";
import { Random } from "../../../src/random.ts";
import {
  type LayerThreshold,
  normalSparsity,
  thresholdDecision,
} from "../../../src/train/tuner/threshold_rules.ts";
import { assertClose } from "../../assert_close.ts";

const range = { min: 0.4, max: 0.5 };
const layers = (...list: [sparsity: number, threshold: number][]) =>
  new Map<string, LayerThreshold>(
    list.map(([sparsity, threshold], index) => [`layer ${index}`, { sparsity, threshold }]),
  );
const thresholds = (...list: [sparsity: number, threshold: number][]) => {
  const verdict = thresholdDecision(layers(...list), range);
  return verdict && [...verdict.thresholds.values()];
};

Deno.test("too few zeros raise every threshold by 0.01, half as much again far below", () => {
  // 0.8 · 0.4 is 0.32; the mean of the layers decides, not each of them.
  assertClose(thresholds([0.33, 0.6], [0.31, 0.7], [0.45, 0.8])!, [0.61, 0.715, 0.81]);
  const verdict = thresholdDecision(layers([0.33, 0.6]), range);
  assert.equal(verdict?.rule, "too dense");
  assert.equal(verdict.reason, "the mean sparsity 33.0 % is below 40.0 %");
});

Deno.test("too many zeros lower every threshold by 0.02, half as much again far above", () => {
  // 1.2 · 0.5 is 0.6.
  assertClose(thresholds([0.59, 0.6], [0.61, 0.7], [0.45, 0.8])!, [0.58, 0.67, 0.78]);
  const verdict = thresholdDecision(layers([0.59, 0.6]), range);
  assert.equal(verdict?.rule, "too sparse");
  assert.equal(verdict.reason, "the mean sparsity 59.0 % is above 50.0 %");
});

Deno.test("a mean sparsity in the range moves nothing", () => {
  for (const sparsity of [0.4, 0.45, 0.5]) assert.equal(thresholds([sparsity, 0.7]), undefined);
  assert.equal(thresholds([0.1, 0.7], [0.8, 0.7]), undefined);
});

Deno.test("thresholds stay from 0.3 to 0.9", () => {
  assert.deepEqual(thresholds([0.3, 0.895], [0.39, 0.9]), [0.9, 0.9]);
  assert.deepEqual(thresholds([0.7, 0.31], [0.7, 0.3]), [0.3, 0.3]);
});

Deno.test("the sparsity of normal weights is that of the original's table", () => {
  const table = [[0.3, 19], [0.5, 31], [0.7, 42], [0.845, 50], [0.9, 53], [1, 57]];
  for (const [threshold, percent] of table) {
    assertClose([100 * normalSparsity(threshold)], [percent], { rtol: 0, atol: 0.6 });
  }
  const random = new Random(1);
  const weights = Array.from({ length: 20_000 }, () => Math.abs(random.normal(0, 3)));
  const bound = 0.7 * weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const zeros = weights.filter((weight) => weight <= bound).length / weights.length;
  assertClose([zeros], [normalSparsity(0.7)], { atol: 0.01 });
});

/** Layers of normal weights, whose sparsity follows their thresholds; `heavy` moves it up. */
function settle(start: number, range: { min: number; max: number }, heavy = 0): number[] {
  let threshold = start;
  const sparsity = () => normalSparsity(threshold) + heavy;
  const path = [sparsity()];
  for (let call = 0; call < 100; call++) {
    const layer = { threshold, sparsity: sparsity() };
    const verdict = thresholdDecision(new Map([["layer", layer]]), range);
    if (!verdict) break;
    threshold = verdict.thresholds.get("layer")!;
    path.push(sparsity());
  }
  return path;
}

Deno.test("thresholds settle in the default range from below and from above", () => {
  const range = { min: 0.5, max: 0.52 };
  for (const path of [settle(0.7, range), settle(0.9, range), settle(0.7, range, 0.15)]) {
    const [first, last] = [path[0], path.at(-1)!];
    assert.ok(first < range.min || first > range.max);
    assert.ok(last >= range.min && last <= range.max, `it ends at ${last}`);
    assert.ok(path.length < 25, `it takes ${path.length} calls`);
  }
});

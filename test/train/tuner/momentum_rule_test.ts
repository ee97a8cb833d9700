import assert from "node:assert/strict";
import { momentumAt, momentumDecision } from "../../../src/train/tuner/momentum_rule.ts";
import { assertClose } from "../../assert_close.ts";

Deno.test("the momentum rises linearly over 10,000 training steps", () => {
  assertClose([0, 2500, 10_000, 50_000].map(momentumAt), [0.9, 0.92475, 0.999, 0.999]);
});

Deno.test("it is applied once it has moved by more than 0.01", () => {
  // The quantizer starts at 0.99.
  assertClose([momentumDecision(0.99, 250)!.momentum], [0.902475]);
  assert.equal(momentumDecision(0.902475, 1000), undefined);
  const verdict = momentumDecision(0.902475, 1300);
  assertClose([verdict!.momentum], [0.91287]);
  assert.equal(verdict!.reason, "0.913 is due after 1300 training steps");
  assert.equal(momentumDecision(0.98901, 10_000), undefined);
  assert.equal(momentumDecision(0.9889, 10_000)?.momentum, 0.999);
});

Deno.test("a run of 2,000 steps moves it, as often as it has to", () => {
  let momentum = 0.99;
  const moves: number[] = [];
  for (let step = 50; step <= 2000; step += 50) {
    const verdict = momentumDecision(momentum, step);
    if (!verdict) continue;
    momentum = verdict.momentum;
    moves.push(step);
  }
  assert.deepEqual(moves, [50, 1100]);
});

import assert from "node:assert/strict";
import {
  learningRateDecision,
  type LearningRateEvidence,
  tunedLearningRate,
} from "../../../src/train/tuner/learning_rate_rules.ts";
import { assertClose } from "../../assert_close.ts";

/** Evidence that no rule matches, but for what is given. */
const evaluate = (evidence: Partial<LearningRateEvidence>) =>
  learningRateDecision({
    largestGradientNorm: 1,
    meanGradientNorm: 0.5,
    trend: "stable",
    plateaus: 0,
    aggressive: false,
    ...evidence,
  });
/** Evidence that matches every rule from (a) to (c). */
const everything = {
  largestGradientNorm: 11,
  meanGradientNorm: 1e-5,
  trend: "exploding",
} as const;

Deno.test("no rule matches a calm, stable training", () => {
  assert.equal(evaluate({}), undefined);
  assert.equal(evaluate({ largestGradientNorm: 10, meanGradientNorm: 1e-4 }), undefined);
});

Deno.test("(a) a gradient norm above 10 lowers the rate", () => {
  const verdict = evaluate({ largestGradientNorm: 10.5 });
  assert.equal(verdict?.rule, "large gradients");
  assert.equal(verdict.factor, 0.95);
  assert.equal(verdict.reason, "the largest gradient norm 10.5 is above 10");
});

Deno.test("(b) a mean gradient norm below 1e-4 raises the rate", () => {
  const verdict = evaluate({ meanGradientNorm: 9.9e-5 });
  assert.equal(verdict?.rule, "small gradients");
  assert.equal(verdict.factor, 1.05);
});

Deno.test("(c) an exploding loss lowers the rate twice", () => {
  const verdict = evaluate({ trend: "exploding", plateaus: 7 });
  assert.equal(verdict?.rule, "exploding");
  assert.equal(verdict.factor, 0.95 ** 2);
  assert.equal(verdict.plateaus, 0);
});

Deno.test("(d) every tenth plateau lowers the rate", () => {
  let plateaus = 0;
  const factors = Array.from({ length: 21 }, () => {
    const verdict = evaluate({ trend: "plateau", plateaus });
    assert.equal(verdict?.rule, "plateau");
    plateaus = verdict.plateaus;
    return verdict.factor;
  });
  const lowered = factors.flatMap((factor, index) => factor === 1 ? [] : [[index + 1, factor]]);
  assert.deepEqual(lowered, [[10, 0.95], [20, 0.95]]);
});

Deno.test("a loss that falls starts the count of plateaus anew, one that scatters does not", () => {
  assert.equal(evaluate({ trend: "improving", plateaus: 9 })?.plateaus, 0);
  assert.equal(evaluate({ trend: "stable", plateaus: 9 }), undefined);
  assert.equal(evaluate({ trend: "plateau", plateaus: 9 })?.factor, 0.95);
});

Deno.test("(e) a falling loss raises the rate only of an aggressive tuner", () => {
  assert.equal(evaluate({ trend: "improving", aggressive: true })?.factor, 1.05);
  const cautious = evaluate({ trend: "improving" });
  assert.equal(cautious?.factor, 1);
  assert.match(cautious.reason, /only an aggressive tuner/);
});

Deno.test("the first rule that matches decides", () => {
  assert.equal(evaluate(everything)?.rule, "large gradients");
  assert.equal(evaluate({ ...everything, largestGradientNorm: 1 })?.rule, "small gradients");
  assert.equal(
    evaluate({ ...everything, largestGradientNorm: 1, meanGradientNorm: 1 })?.rule,
    "exploding",
  );
  // A rule that does not decide counts nothing.
  assert.equal(evaluate({ ...everything, trend: "plateau", plateaus: 4 })?.plateaus, 4);
});

Deno.test("the rate stays in [1e-6, 1e-2], and what is scheduled outside stays too", () => {
  assertClose([tunedLearningRate(1e-3, 1.05)], [1.05e-3]);
  assert.equal(tunedLearningRate(1e-3, 100), 1e-2);
  assert.equal(tunedLearningRate(1e-3, 1e-9), 1e-6);
  for (const scheduled of [0, 1e-8, 1e-3, 0.5]) {
    assert.equal(tunedLearningRate(scheduled, 1), scheduled);
  }
  assert.equal(tunedLearningRate(0.5, 1.05), 0.5);
  assertClose([tunedLearningRate(0.5, 0.95)], [0.475]);
  assert.equal(tunedLearningRate(1e-8, 0.95), 1e-8);
  assert.equal(tunedLearningRate(1e-8, 10), 1e-7);
});

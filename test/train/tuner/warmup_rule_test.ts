import assert from "node:assert/strict";
import { warmupDecision, type WarmupEvidence } from "../../../src/train/tuner/warmup_rule.ts";

const evaluate = (evidence: Partial<WarmupEvidence>) =>
  warmupDecision({
    step: 50,
    warmupSteps: 100,
    largestGradientNorm: 2,
    trend: "improving",
    ...evidence,
  });

Deno.test("the warmup ends early once the loss falls without large gradients", () => {
  assert.equal(evaluate({}), "the training loss falls with gradient norms up to 2");
  assert.notEqual(evaluate({ largestGradientNorm: 10 }), undefined);
});

Deno.test("it goes on otherwise, and is not ended twice", () => {
  assert.equal(evaluate({ largestGradientNorm: 10.1 }), undefined);
  assert.equal(evaluate({ step: 100 }), undefined);
  assert.equal(evaluate({ warmupSteps: 50 }), undefined);
  assert.equal(evaluate({ warmupSteps: 0 }), undefined);
  for (const trend of ["exploding", "plateau", "stable"] as const) {
    assert.equal(evaluate({ trend }), undefined);
  }
});

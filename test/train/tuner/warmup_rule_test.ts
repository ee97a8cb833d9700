import assert from "node:assert/strict";
import { judgeWarmup, type WarmupEvidence } from "../../../src/train/tuner/warmup_rule.ts";

const judge = (evidence: Partial<WarmupEvidence>) =>
  judgeWarmup({
    step: 50,
    warmupSteps: 100,
    largestGradientNorm: 2,
    trend: "improving",
    ...evidence,
  });

Deno.test("the warmup ends early once the loss falls without large gradients", () => {
  assert.equal(judge({}), "the training loss falls with gradient norms up to 2");
  assert.notEqual(judge({ largestGradientNorm: 10 }), undefined);
});

Deno.test("it goes on otherwise, and is not ended twice", () => {
  assert.equal(judge({ largestGradientNorm: 10.1 }), undefined);
  assert.equal(judge({ step: 100 }), undefined);
  assert.equal(judge({ warmupSteps: 50 }), undefined);
  assert.equal(judge({ warmupSteps: 0 }), undefined);
  for (const trend of ["exploding", "plateau", "stable"] as const) {
    assert.equal(judge({ trend }), undefined);
  }
});

import assert from "node:assert/strict";
import { DEFAULT_THRESHOLD } from "../../../src/quant/threshold.ts";
import { trainingOptions } from "../../../src/train/options.ts";
import { PLATEAU_PATIENCE } from "../../../src/train/tuner/learning_rate_rules.ts";
import { checkTunable, tunerOptions } from "../../../src/train/tuner/options.ts";
import { normalSparsity } from "../../../src/train/tuner/threshold_rules.ts";

Deno.test("with the defaults every rule can act", () => {
  const tuner = tunerOptions();
  const { steps, evalEvery, warmupSteps } = trainingOptions({ tuner });
  assert.ok(steps / evalEvery > PLATEAU_PATIENCE, "the patience is over within the run");
  assert.ok(evalEvery < warmupSteps, "there is an evaluation in the warmup");
  assert.ok(
    normalSparsity(DEFAULT_THRESHOLD) < tuner.targetSparsityMin,
    "thresholds rise from the start",
  );
  assert.ok(normalSparsity(0.9) > tuner.targetSparsityMax, "and can become too high");
  assert.equal(trainingOptions().evalEvery, 100);
  assert.equal(trainingOptions({ steps: 5 }).evalEvery, 1);
  assert.equal(trainingOptions({ tuner, evalEvery: 7 }).evalEvery, 7);
});

Deno.test("a sparsity that thresholds cannot reach is refused, with what they reach", () => {
  const refused: [Parameters<typeof tunerOptions>[0], RegExp][] = [
    // The original's own default, which could never act.
    [{ targetSparsityMax: 0.7 }, /^Cannot aim at a sparsity of 0\.7 \(`targetSparsityMax`\): /],
    [{ targetSparsityMin: 0.1 }, /^Cannot aim at a sparsity of 0\.1 \(`targetSparsityMin`\): /],
    [{ targetSparsityMin: 0.6, targetSparsityMax: 0.7 }, /0\.6 \(`targetSparsityMin`\)/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => tunerOptions(options), { name: "OptionError", message });
    assert.throws(() => tunerOptions(options), {
      message: /thresholds from 0\.3 to 0\.9 reach 18\.9 % to 52\.7 % of .*from 0\.19 to 0\.52$/,
    });
  }
  for (const bound of [0.19, 0.52]) {
    tunerOptions({ targetSparsityMin: bound, targetSparsityMax: bound });
  }
});

Deno.test("an empty range of sparsity is refused", () => {
  assert.throws(() => tunerOptions({ targetSparsityMax: 0.3 }), {
    name: "OptionError",
    message: "Cannot aim at a sparsity from 0.5 (`targetSparsityMin`) to 0.3 " +
      "(`targetSparsityMax`): the latter is smaller",
  });
});

Deno.test("a threshold outside of what the tuner keeps is refused", () => {
  for (const threshold of [0.3, 0.7, 0.9]) checkTunable(threshold);
  for (const threshold of [0.29, 0.91]) {
    assert.throws(() => checkTunable(threshold), {
      name: "OptionError",
      message: `Cannot tune from threshold ${threshold} (\`weightThreshold\`): ` +
        "the tuner keeps thresholds from 0.3 to 0.9",
    });
  }
});

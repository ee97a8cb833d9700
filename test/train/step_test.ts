import assert from "node:assert/strict";
import { STEP_SETTINGS } from "../../src/bench/measure.ts";
import { countDispatches } from "../../src/bench/training_bench.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { smallTextConfig } from "../../src/models/text/config.ts";
import { TrainingStep } from "../../src/train/step.ts";
import { deviceTest } from "../devices.ts";
import { tinyConfig } from "../tiny_text.ts";

const config = { ...smallTextConfig, vocabSize: 65 };

deviceTest("TrainingStep: the dispatches of the small configuration", async (device) => {
  using model = new LanguageModel(config, device);
  const options = { batch: 12, context: 64, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, options);
  const { block_forward, block_backward } = countDispatches(step.plan, config.layers);
  assert.ok(block_forward <= 10, `${block_forward} forward`);
  assert.ok(block_forward + block_backward <= 26, `${block_forward} + ${block_backward}`);
  // Changes only on purpose: every dispatch costs time on every device.
  assert.equal(step.plan.dispatches.length, 115);
});

deviceTest("TrainingStep: ten steps create nothing, and are one submit each", async (device) => {
  using model = new LanguageModel(tinyConfig(), device);
  model.memory.initialize(0);
  const { maxPositions: context, vocabSize } = model.config;
  const batch = 2;
  const options = { batch, context, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, options);
  const run = async (count: number) => {
    const tokens = Int32Array.from({ length: batch * context }, (_, i) => (i * count) % vocabSize);
    await step.run([{ tokens, targets: tokens }], { ...STEP_SETTINGS, step: count });
  };
  await run(1);
  await step.records(1, 1);
  const before = device.counters;
  for (let count = 2; count <= 11; count++) await run(count);
  const records = await step.records(1, 11);
  assert.deepEqual(device.counters, { ...before, submits: before.submits + 10 });
  for (const { loss, gradientNorm } of records) {
    assert.ok(loss > 0 && loss < 10 && gradientNorm > 0, `loss ${loss}, norm ${gradientNorm}`);
  }
});

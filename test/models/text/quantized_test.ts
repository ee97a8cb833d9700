/** Every width, by its default and by every scheme that can do it, is trained end to end. */
import assert from "node:assert/strict";
import type { Device } from "../../../src/device/device.ts";
import { LanguageModel } from "../../../src/models/text/model.ts";
import { makeQuantization, type QuantizationOptions } from "../../../src/nn/quantization.ts";
import { weightQuantizers, weightWidths } from "../../../src/quant/schemes.ts";
import { TrainingStep } from "../../../src/train/step.ts";
import { deviceTest, testDevices } from "../../devices.ts";
import { randomTokens, tinyConfig } from "../../tiny_text.ts";

const STEPS = 80;

/** Losses of a tiny model that sees the same two sequences again and again. */
async function lossesByHeart(device: Device, options: QuantizationOptions): Promise<number[]> {
  using model = new LanguageModel(tinyConfig({ quantization: makeQuantization(options) }), device);
  model.memory.initialize(0);
  const stepOptions = { batch: 2, context: 8, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, stepOptions);
  const batch = { tokens: randomTokens(16, 3), targets: randomTokens(16, 4) };
  const constants = { weightDecay: 0, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, clip: 1 };
  for (let at = 1; at <= STEPS; at++) {
    await step.run([batch], { step: at, seed: 0, learningRate: 2e-2, ...constants });
  }
  return (await step.records(1, STEPS)).map(({ loss }) => loss);
}

function assertLearnt(losses: readonly number[]): void {
  assert.ok(losses[0] > 2.5, `it starts at ${losses[0]}`);
  assert.ok(losses[STEPS - 1] < 0.3, `it ends at ${losses[STEPS - 1]}`);
}

for (const weightBits of weightWidths) {
  deviceTest(`${weightBits} bits: one batch is learned by heart`, async (device) => {
    assertLearnt(await lossesByHeart(device, { weightBits }));
  });
}

// A software GPU would take minutes for all of them; the kernels are compared scheme by scheme elsewhere.
for (const device of testDevices().filter(({ description }) => description.backend === "cpu")) {
  for (const { name: weightScheme, widths } of weightQuantizers) {
    Deno.test(`${weightScheme}: one batch is learned by heart at every width`, async () => {
      for (const weightBits of widths) {
        for (const weightGranularity of ["tensor", "row"]) {
          const options = { weightBits, weightScheme, weightGranularity };
          assertLearnt(await lossesByHeart(device, options));
        }
      }
    });
  }
}

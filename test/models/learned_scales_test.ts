/** Models whose scales are learned: parameters like others, that are loaded, saved and trained. */
import assert from "node:assert/strict";
import type { Device } from "../../src/device/device.ts";
import { toFloat32 } from "../../src/files/tensor.ts";
import type { BatchShape } from "../../src/data/text/batches.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { loadWeights, saveWeights } from "../../src/models/model_directory.ts";
import { loadLanguageModel } from "../../src/models/text/load.ts";
import { textConfigToJson } from "../../src/models/text/config.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { type StepOptions, TrainingStep } from "../../src/train/step.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { withFolder } from "../train/tiny_run.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";

const T = 8;
const KEY = "model.layers.0.self_attn.k_proj.weight";
const batch = { tokens: randomTokens(2 * T, 3), targets: randomTokens(2 * T, 4) };

function makeModel(device: Device, granularity?: string): LanguageModel {
  const quantization = makeQuantization({
    ...{ weightBits: 2, weightScheme: "seq" },
    weightGranularity: granularity,
  });
  const model = new LanguageModel(tinyConfig({ quantization, initializerRange: 0.3 }), device);
  model.memory.initialize(0);
  return model;
}

/** Trains a little: steps of Adam with nothing but the rate. */
async function train(model: LanguageModel, steps: number, weightDecay = 0): Promise<void> {
  const options = { batch: 2, context: T, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, options);
  const constants = { weightDecay, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, clip: 1 };
  for (let at = 1; at <= steps; at++) {
    await step.run([batch], { step: at, seed: 0, learningRate: 1e-2, ...constants });
  }
}

const logitsOf = async (model: LanguageModel) =>
  (await model.forward(batch.tokens, { shape: [2, T] })).logits;

for (const [granularity, shape] of [["row", [16, 1]], ["tensor", [1, 1]]] as const) {
  deviceTest(`every learned scale has a gradient, per ${granularity}`, async (device) => {
    using model = makeModel(device, granularity);
    const state = await model.memory.read("parameters");
    assert.deepEqual(state.get(`${KEY}_step`)!.shape, shape);
    const { tokens, targets } = batch;
    const gradients = await model.gradients(tokens, { shape: [2, T], targets });
    const steps = [...gradients].filter(([name]) => name.endsWith(".weight_step"));
    assert.equal(steps.length, 7);
    for (const [name, gradient] of steps) {
      assert.ok(gradient.every((value) => value !== 0), `${name}: ${gradient}`);
    }
    // Weights at the end of the range get none: the largest, and what is within a hundredth of it.
    const weights = toFloat32(state.get(KEY)!);
    const size = granularity === "row" ? 16 : weights.length;
    const largest = Array.from(
      { length: weights.length / size },
      (_, row) => Math.max(...weights.subarray(row * size, (row + 1) * size).map(Math.abs)),
    );
    gradients.get(KEY)!.forEach((gradient, i) => {
      const isAtEnd = Math.abs(weights[i]) > 0.99 * largest[Math.floor(i / size)];
      assert.equal(gradient === 0, isAtEnd, `${weights[i]} at ${i}: ${gradient}`);
    });
  });
}

deviceTest("steps are trained, without weight decay", async (device) => {
  using model = makeModel(device);
  const steps = async () => toFloat32((await model.memory.read("parameters")).get(`${KEY}_step`)!);
  const before = await steps();
  await train(model, 3);
  const after = await steps();
  assert.ok(after.every((step, i) => step !== before[i]));
  using other = makeModel(device);
  await train(other, 3, 1e3);
  // What decays is destroyed by such a decay.
  const decayed = await other.memory.read("parameters");
  assert.ok(Math.abs(toFloat32(decayed.get(KEY)!)[0]) > 10);
  for (const step of toFloat32(decayed.get(`${KEY}_step`)!)) {
    assert.ok(Math.abs(step) < 2, `${step}`);
  }
});

deviceTest("two micro-batches of B make the step of one batch of 2B", async (device) => {
  const half = (at: number) => ({
    tokens: batch.tokens.subarray(at * T, (at + 1) * T),
    targets: batch.targets.subarray(at * T, (at + 1) * T),
  });
  const run = async (options: Partial<BatchShape & StepOptions>, batches: (typeof batch)[]) => {
    using model = makeModel(device);
    const whole = { batch: 2, context: T, accumulate: 1, labelSmoothing: 0, ...options };
    using step = await TrainingStep.make(model, whole);
    const constants = { weightDecay: 0, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, clip: 1 };
    await step.run(batches, { step: 1, seed: 0, learningRate: 1e-2, ...constants });
    const [{ gradientNorm }] = await step.records(1, 1);
    return { gradientNorm, gradients: await model.memory.read("gradients") };
  };
  const together = await run({}, [batch]);
  const accumulated = await run({ batch: 1, accumulate: 2 }, [half(0), half(1)]);
  assertClose([accumulated.gradientNorm], [together.gradientNorm]);
  for (const [name, gradient] of together.gradients) {
    const sum = accumulated.gradients.get(name)!;
    assertClose(toFloat32(sum), toFloat32(gradient), { atol: 1e-6, label: name });
  }
});

deviceTest(
  "a model with learned scales is saved and loaded",
  (device) =>
    withFolder(async (folder) => {
      using model = makeModel(device);
      await train(model, 3);
      const config = JSON.stringify(textConfigToJson(model.config));
      await Deno.writeTextFile(`${folder}/config.json`, config);
      await saveWeights(model, `${folder}/model.safetensors`);
      const logits = await logitsOf(model);
      using loaded = await loadLanguageModel(folder, device);
      assert.deepEqual(await logitsOf(loaded), logits);

      // Without its steps it starts them anew, from the weights.
      using anew = new LanguageModel(model.config, device);
      await loadWeights(anew, `${folder}/model.safetensors`, { withoutWeightQuantizer: true });
      assert.notDeepEqual(await logitsOf(anew), logits);
      await model.memory.restartDerived();
      assert.deepEqual(await logitsOf(anew), await logitsOf(model));
    }),
);

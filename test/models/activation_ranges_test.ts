import assert from "node:assert/strict";
import { join } from "node:path";
import { STEP_SETTINGS } from "../../src/bench/measure.ts";
import type { Device } from "../../src/device/device.ts";
import { InputError } from "../../src/errors.ts";
import {
  readSafetensors,
  storedTensor,
  toFloat32,
  writeSafetensors,
} from "../../src/files/safetensors.ts";
import { activationStatistics, meanSaturation } from "../../src/models/activation_statistics.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { loadWeights, saveWeights } from "../../src/models/model_directory.ts";
import { loadLanguageModel } from "../../src/models/text/load.ts";
import { textConfigToJson } from "../../src/models/text/config.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { TrainingStep } from "../../src/train/step.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";
import { withFolder } from "../train/tiny_run.ts";

const ranged = (activationBits = 8) =>
  tinyConfig({
    quantization: makeQuantization({ activationBits, activationScheme: "ema_tensor" }),
  });

const SITES = ["input_layernorm", "self_attn.attn_sub_norm", "post_attention_layernorm"]
  .concat("mlp.ffn_sub_norm")
  .map((name) => `model.layers.0.${name}`);

function rangedModel(device: Device, config = ranged()): LanguageModel {
  const model = new LanguageModel(config, device);
  model.memory.initialize(0);
  return model;
}

/** Runs steps over random batches; nothing is learned, so that only running maxima move. */
async function runSteps(model: LanguageModel, count: number, accumulate = 1, momentum = 0.5) {
  const options = { batch: 2, context: 8, accumulate, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, options);
  for (let number = 1; number <= count; number++) {
    const batches = Array.from({ length: accumulate }, (_, i) => {
      const tokens = randomTokens(16, (number - 1) * accumulate + i);
      return { tokens, targets: tokens };
    });
    await step.run(batches, {
      ...STEP_SETTINGS,
      step: number,
      learningRate: 0,
      activationMomentum: momentum,
    });
  }
}

/** First words of every range: running maximum, last absolute maximum, bound. */
async function ranges(model: LanguageModel): Promise<number[][]> {
  const read = await model.memory.runningMaxima.read();
  assert.deepEqual([...read.keys()], SITES);
  return [...read.values()].map((words) => [...words.slice(0, 3)]);
}

deviceTest("training moves every running maximum, evaluation does not", async (device) => {
  using model = rangedModel(device);
  const tokens = randomTokens(16, 5);
  const forward = () => model.forward(tokens, { shape: [2, 8], targets: tokens });
  const before = await forward();
  assert.ok(before.loss! < 3.5, `what was never trained uses its own maximum: ${before.loss}`);
  for (const [running, actual, bound] of await ranges(model)) {
    assert.equal(running, 0);
    assert.ok(actual > 0);
    assert.equal(bound, actual);
  }
  await runSteps(model, 1);
  const first = await ranges(model);
  for (const [running, actual] of first) assert.equal(running, actual);
  await runSteps(model, 2);
  const second = await ranges(model);
  // In front of the first layer the largest activation is that of one token, which most batches have.
  second.slice(1).forEach(([running], i) => assert.notEqual(running, first[i + 1][0]));
  await forward();
  await model.gradients(tokens, { shape: [2, 8], targets: tokens });
  (await ranges(model)).forEach(([running, , bound], i) => {
    assert.equal(running, second[i][0]);
    assert.equal(bound, running);
  });
});

deviceTest("a step of two micro-batches moves them twice", async (device) => {
  using once = rangedModel(device);
  using twice = rangedModel(device);
  await runSteps(once, 2);
  await runSteps(twice, 1, 2);
  assert.deepEqual(await ranges(twice), await ranges(once));
  for (const [running, actual] of (await ranges(twice)).slice(1)) assert.notEqual(running, actual);
});

deviceTest("the momentum is a step value", async (device) => {
  using kept = rangedModel(device);
  using replaced = rangedModel(device);
  await runSteps(kept, 3, 1, 1);
  await runSteps(replaced, 3, 1, 0);
  for (const [running, actual] of await ranges(replaced)) assert.equal(running, actual);
  using single = rangedModel(device);
  await runSteps(single, 1);
  const firsts = (await ranges(single)).map(([running]) => running);
  assert.deepEqual((await ranges(kept)).map(([running]) => running), firsts);
});

deviceTest("every latent weight has a gradient, at 8 and 4 bits", async (device) => {
  for (const bits of [8, 4]) {
    using model = rangedModel(device, ranged(bits));
    await runSteps(model, 2);
    const tokens = randomTokens(16, 5);
    const gradients = await model.gradients(tokens, { shape: [2, 8], targets: tokens });
    for (const [name, gradient] of gradients) assert.ok(gradient.some((g) => g !== 0), name);
    assert.ok(![...gradients.keys()].some((name) => name.endsWith("running_max")));
  }
});

deviceTest(
  "running maxima are saved with the weights, and loaded exactly",
  (device) =>
    withFolder(async (folder) => {
      using model = rangedModel(device);
      await runSteps(model, 3);
      const path = join(folder, "model.safetensors");
      await saveWeights(model, path);
      const { tensors } = await readSafetensors(path);
      const stored = SITES.map((site) => tensors.get(`${site}.running_max`)!);
      assert.deepEqual(stored.map(({ shape }) => shape), [[1], [1], [1], [1]]);
      const running = (await ranges(model)).map(([value]) => value);
      assert.deepEqual(stored.map((tensor) => toFloat32(tensor)[0]), running);

      const config = JSON.stringify(textConfigToJson(model.config));
      await Deno.writeTextFile(join(folder, "config.json"), config);
      using loaded = await loadLanguageModel(folder, device, { trainable: true });
      assert.equal(loaded.config.quantization.activationScheme, "ema_tensor");
      assert.deepEqual((await ranges(loaded)).map(([value]) => value), running);
      const tokens = randomTokens(16, 5);
      assert.deepEqual(
        await loaded.forward(tokens, { shape: [2, 8], targets: tokens }),
        await model.forward(tokens, { shape: [2, 8], targets: tokens }),
      );

      // What a file does not have starts anew, what it has too much is refused, unless it is to be left out.
      using token = new LanguageModel(tinyConfig(), device);
      await assert.rejects(loadWeights(token, path), /this model has no tensor .*\.running_max/);
      await loadWeights(token, path, { withoutRunningMaxima: true });
      const plain = join(folder, "plain.safetensors");
      await saveWeights(token, plain);
      await loadWeights(loaded, plain);
      assert.deepEqual((await ranges(loaded)).map(([value]) => value), [0, 0, 0, 0]);
      await loadWeights(loaded, path);
      assert.deepEqual((await ranges(loaded)).map(([value]) => value), running);

      const name = `${SITES[1]}.running_max`;
      for (const values of [[-1], [NaN], [1, 2]]) {
        const tensor = storedTensor(Float32Array.from(values), [values.length]);
        await writeSafetensors(plain, new Map([...tensors, [name, tensor]]));
        await assert.rejects(loadWeights(loaded, plain), (error) => {
          assert.ok(error instanceof InputError);
          assert.match(error.message, /attn_sub_norm\.running_max is .*, it must be one number/);
          return true;
        });
      }
      assert.deepEqual((await ranges(loaded)).map(([value]) => value), running);
    }),
);

deviceTest("statistics: scale, running and actual maximum, saturation", async (device) => {
  for (const bits of [8, 4]) {
    using model = rangedModel(device, ranged(bits));
    await runSteps(model, 5, 1, 0.9);
    const statistics = await activationStatistics(model.memory, bits);
    assert.deepEqual([...statistics.keys()], SITES);
    for (const { scale, running_max, actual_max, saturation } of statistics.values()) {
      assertClose([scale], [running_max / (2 ** (bits - 1) - 1)], { rtol: 1e-5 });
      assert.ok(saturation >= 0 && saturation < 0.1);
      if (actual_max < running_max) assert.equal(saturation, 0);
    }
    const some = [...statistics.values()].some(({ saturation }) => saturation > 0);
    assert.equal(meanSaturation(statistics) > 0, some);
  }
  using token = new LanguageModel(tinyConfig(), device);
  assert.equal((await activationStatistics(token.memory, 8)).size, 0);
});

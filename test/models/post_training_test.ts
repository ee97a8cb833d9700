import assert from "node:assert/strict";
import type { Device } from "../../src/device/device.ts";
import { ImageClassifier } from "../../src/models/vit/model.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { layerErrors, meanError } from "../../src/models/layer_errors.ts";
import { quantizePostTraining } from "../../src/models/post_training.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { quantizationError } from "../../src/quant/error_metrics.ts";
import { toFloat32 } from "../../src/files/tensor.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { randomImages, tinyVitConfig } from "../tiny_images.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";

function floatModel(device: Device): LanguageModel {
  const model = new LanguageModel(tinyConfig({ bits: 32 }), device);
  model.memory.initialize(3);
  return model;
}

deviceTest(
  "a quantized copy has the same weights, and errors that fall with the width",
  async (device) => {
    using float = floatModel(device);
    const weights = await float.memory.read("parameters");
    const errors: number[] = [];
    for (const weightBits of [2, 3, 4, 8]) {
      const quantization = makeQuantization({ weightBits, weightScheme: "absmax" });
      using model = await quantizePostTraining(float, quantization);
      assert.deepEqual(await model.memory.read("parameters"), weights);
      await model.refresh();
      const layers = await layerErrors(model.memory);
      assert.equal(layers.size, 7);
      errors.push(meanError(layers).relativeMse);
    }
    for (let i = 1; i < errors.length; i++) assert.ok(errors[i] < errors[i - 1] / 2, errors.join());
    assert.equal((await layerErrors(float.memory)).size, 0);
  },
);

deviceTest("calibration takes the mean of the maxima of its batches", async (device) => {
  using float = floatModel(device);
  const quantization = makeQuantization({ weightBits: 8, activationScheme: "ema_tensor" });
  const shape = [2, 8] as const;
  const batches = [0, 1, 2].map((seed) => randomTokens(16, seed));
  const maxima = async (some: Int32Array[]) => {
    using model = await quantizePostTraining(
      float,
      quantization,
      (model) => model.calibrate(some, shape),
    );
    return [...(await model.memory.runningMaxima.read()).values()].map(([running]) => running);
  };
  // In front of the first layer nothing is quantized yet, so that batches do not depend on each other there.
  const single: number[] = [];
  for (const batch of batches) single.push((await maxima([batch]))[0]);
  const [together, ...others] = await maxima(batches);
  assertClose([together], [(single[0] + single[1] + single[2]) / 3], { rtol: 1e-6 });
  assert.equal(others.length, 3);
  assert.ok(others.every((maximum) => maximum > 0));
  using model = await quantizePostTraining(float, quantization);
  assert.ok([...(await model.memory.runningMaxima.read()).values()].every(([m]) => m === 0));
});

deviceTest(
  "steps that would be learned lose less than those that training starts from",
  async (device) => {
    using float = floatModel(device);
    for (const [weightBits, weightScheme] of [[2, "seq"], [4, "lsq"]] as const) {
      const quantization = makeQuantization({ weightBits, weightScheme });
      using started = new LanguageModel({ ...float.config, quantization }, device);
      await started.memory.write("parameters", await float.memory.read("parameters"), "a test");
      using best = await quantizePostTraining(float, quantization);
      const errors: number[] = [];
      for (const model of [started, best]) {
        await model.refresh();
        errors.push(meanError(await layerErrors(model.memory)).relativeMse);
      }
      assert.ok(errors[1] < 0.95 * errors[0], `${weightScheme}: ${errors.join()}`);
    }
  },
);

deviceTest("an image model is quantized, and calibrated, in the same way", async (device) => {
  using float = new ImageClassifier(tinyVitConfig({ bits: 32 }), device);
  float.memory.initialize(3);
  const { channels, imageSize } = float.config;
  const shape = [2, channels, imageSize, imageSize] as const;
  const batches = [1, 2].map((seed) => randomImages(float.config, 2, seed).images);
  const quantization = makeQuantization({ weightBits: 8, activationScheme: "ema_tensor" });
  using model = await quantizePostTraining(
    float,
    quantization,
    (model) => model.calibrate(batches, shape),
  );
  assert.ok(model instanceof ImageClassifier);
  const maxima = [...(await model.memory.runningMaxima.read()).values()].map(([max]) => max);
  assert.ok(maxima.length > 0 && maxima.every((maximum) => maximum > 0), maxima.join());
  const [expected, { logits }] = [
    await float.forward(batches[0], { shape }),
    await model.forward(batches[0], { shape }),
  ];
  const size = Math.max(...expected.logits.map(Math.abs));
  assertClose(logits, expected.logits, { rtol: 0, atol: 0.1 * size });
  assert.ok((await layerErrors(model.memory)).size > 0);
});

const EMBEDDING = "vit.embeddings.patch_embeddings.projection";

deviceTest(
  "patch embedding and classifier are quantized at widths of their own",
  async (device) => {
    using float = new ImageClassifier(tinyVitConfig({ bits: 32 }), device);
    float.memory.initialize(3);
    const weights = await float.memory.read("parameters");
    const quantization = makeQuantization({ weightBits: 4, weightGranularity: "row" });
    using plain = await quantizePostTraining(float, quantization);
    assert.equal(plain.config.embedQuantization.weightBits, 32);
    const outerBits = { embedBits: 8, headBits: 3 };
    using model = await quantizePostTraining(float, quantization, undefined, outerBits);
    assert.deepEqual(await model.memory.read("parameters"), weights);
    const { embedQuantization, headQuantization } = model.config;
    assert.deepEqual([embedQuantization.weightBits, headQuantization.weightBits], [8, 3]);
    assert.equal(embedQuantization.weightGranularity, "row");
    await plain.refresh();
    await model.refresh();
    const errors = await layerErrors(model.memory);
    const others = await layerErrors(plain.memory);
    assert.deepEqual([...errors.keys()].filter((name) => !others.has(name)), [
      EMBEDDING,
      "classifier",
    ]);
    // 16 rows of 3 colors of 4×4 pixels, each with the step max / 127.
    const latent = toFloat32(weights.get(`${EMBEDDING}.weight`)!);
    const rounded = Float64Array.from(latent, (weight, i) => {
      const row = latent.subarray(i - i % 48, i - i % 48 + 48);
      const step = Math.max(...row.map(Math.abs)) / 127;
      return Math.round(weight / step) * step;
    });
    const expected = quantizationError(latent, rounded).relativeMse;
    assertClose([errors.get(EMBEDDING)!.relativeMse], [expected], { rtol: 1e-3 });
  },
);

deviceTest("learned scales of patches: one for each group of a kernel", async (device) => {
  using float = new ImageClassifier(tinyVitConfig({ bits: 32 }), device);
  float.memory.initialize(3);
  const quantization = makeQuantization({
    weightBits: 4,
    weightScheme: "lsq",
    weightGranularity: "group:32",
  });
  using model = await quantizePostTraining(float, quantization, undefined, { embedBits: 4 });
  const steps = (await model.memory.read("parameters")).get(`${EMBEDDING}.weight_step`)!;
  assert.deepEqual([...steps.shape], [16, 2]);
  await model.refresh();
  const errors = await layerErrors(model.memory);
  assert.ok(errors.get(EMBEDDING)!.relativeMse < 0.02, `${errors.get(EMBEDDING)!.relativeMse}`);
});

deviceTest("a language model has no widths around its blocks", async (device) => {
  using float = floatModel(device);
  const quantization = makeQuantization({ weightBits: 8 });
  await assert.rejects(
    quantizePostTraining(float, quantization, undefined, { headBits: 8 }),
    new TypeError("Cannot use headBits 8 in a language model: it has one width for all weights"),
  );
});

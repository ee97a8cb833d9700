/** Models with a scale for each group of neighboring weights: two and three groups per row, the last ones smaller. */
import assert from "node:assert/strict";
import { toFloat32 } from "../../src/files/tensor.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { makeQuantization, type QuantizationOptions } from "../../src/nn/quantization.ts";
import { groupSize } from "../../src/nn/granularity.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { TrainingStep } from "../../src/train/step.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { assertCodes } from "../quant/assert_codes.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";

const T = 8;
const batch = { tokens: randomTokens(2 * T, 3), targets: randomTokens(2 * T, 4) };

const config = (options: QuantizationOptions) =>
  tinyConfig({
    hiddenSize: 40,
    intermediateSize: 72,
    quantization: makeQuantization({ weightGranularity: "group:32", ...options }),
  });

const QUANTIZATIONS: readonly QuantizationOptions[] = [
  { weightBits: 1 },
  { weightBits: 1.58 },
  { weightScheme: "threshold" },
  { weightBits: 2, weightScheme: "seq" },
  { weightBits: 4, weightScheme: "lsq" },
  { weightBits: 8 },
];

for (const options of QUANTIZATIONS) {
  const { weightBits = 1.58, weightScheme = "the default" } = options;
  const name = `groups of 32, ${weightBits} bits, ${weightScheme}`;

  deviceTest(`${name}: codes and scales are those of the groups`, async (device) => {
    using model = new LanguageModel(config(options), device);
    model.memory.initialize(0);
    await model.refresh();
    const { quantization } = model.config;
    const size = groupSize(quantization.weightGranularity);
    const format = quantization.weightQuantizer!.format(quantization.weightBits);
    const state = await model.memory.read("parameters");
    for await (const { name, codes, scales } of model.memory.readCodes()) {
      const { shape: [rows, columns], ...tensor } = state.get(name)!;
      const weights = toFloat32({ ...tensor, shape: [rows, columns] });
      const groups = Math.ceil(columns / size);
      assert.equal(groups, columns === 40 ? 2 : 3);
      assert.equal(scales.length, rows * groups);
      const stride = codes.length / rows;
      for (let row = 0; row < rows; row++) {
        for (let group = 0; group < groups; group++) {
          const [from, to] = [group * size, Math.min((group + 1) * size, columns)];
          const part = weights.subarray(row * columns + from, row * columns + to);
          const own = codes.subarray(row * stride + from, row * stride + to);
          const label = `${name}, row ${row}, group ${group}`;
          assertCodes(own, format, part, { threshold: 0.7, label });
          const { scale } = quantizeGroup(format, part, { threshold: 0.7 });
          assertClose([scales[row * groups + group]], [scale], { rtol: 2e-6, label });
        }
      }
    }
  });

  deviceTest(`${name}: one batch is learned by heart`, async (device) => {
    using model = new LanguageModel(config(options), device);
    model.memory.initialize(0);
    const stepOptions = { batch: 2, context: T, accumulate: 1, labelSmoothing: 0 };
    using step = await TrainingStep.make(model, stepOptions);
    const constants = { weightDecay: 0, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, clip: 1 };
    for (let at = 1; at <= 60; at++) {
      await step.run([batch], { step: at, seed: 0, learningRate: 2e-2, ...constants });
    }
    const records = await step.records(1, 60);
    assert.ok(records[59].loss < 0.3, `it ends at ${records[59].loss}`);

    // Weights and scales, as a file holds them, make the same model.
    using copy = new LanguageModel(model.config, device);
    await copy.memory.write("parameters", await model.memory.read("parameters"), "a copy");
    const first = await model.forward(batch.tokens, { shape: [2, T] });
    const second = await copy.forward(batch.tokens, { shape: [2, T] });
    assert.deepEqual(second.logits, first.logits);
  });
}

deviceTest("the forward pass multiplies by what codes and scales stand for", async (device) => {
  using grouped = new LanguageModel(config({ weightBits: 8 }), device);
  grouped.memory.initialize(0);
  const { logits } = await grouped.forward(batch.tokens, { shape: [2, T] });
  // At 8 bits the model is nearly that of the latent weights.
  grouped.quantized = false;
  const float = await grouped.forward(batch.tokens, { shape: [2, T] });
  const scale = Math.max(...float.logits.map(Math.abs));
  assertClose(logits, float.logits, { rtol: 0, atol: 0.03 * scale });
});

deviceTest("learned scales of groups have gradients", async (device) => {
  using model = new LanguageModel(config({ weightBits: 2, weightScheme: "seq" }), device);
  model.memory.initialize(0);
  const { tokens, targets } = batch;
  const gradients = await model.gradients(tokens, { shape: [2, T], targets });
  const state = await model.memory.read("parameters");
  const scales = [...gradients].filter(([name]) => name.endsWith(".weight_step"));
  assert.equal(scales.length, 7);
  for (const [name, gradient] of scales) {
    const columns = name.includes("down_proj") ? 72 : 40;
    assert.equal(state.get(name)!.shape[1], Math.ceil(columns / 32));
    assert.ok(gradient.every((value) => value !== 0), name);
  }
});

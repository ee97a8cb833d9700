import assert from "node:assert/strict";
import { storedTensor, toFloat32 } from "../../src/files/tensor.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { layerStatistics } from "../../src/models/layer_statistics.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { threshold } from "../../src/quant/threshold.ts";
import { TrainingStep } from "../../src/train/step.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest, testDevices } from "../devices.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";

const config = tinyConfig({
  quantization: makeQuantization({ weightScheme: "threshold", weightThreshold: 0.6 }),
});
const KEY = "model.layers.0.self_attn.k_proj";

deviceTest("a threshold that is set counts from the next step on", async (device) => {
  using model = new LanguageModel(config, device);
  model.memory.initialize(0);
  const { thresholds } = model.memory;
  assert.equal(thresholds.values.size, 7);
  assert.ok([...thresholds.values.values()].every((value) => value === 0.6));

  const options = { batch: 2, context: 8, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, options);
  const batch = { tokens: randomTokens(16, 3), targets: randomTokens(16, 4) };
  const constants = { weightDecay: 0, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, clip: 1 };
  // Weights do not move, so that what changes is the threshold's doing.
  const run = async (number: number) => {
    await step.run([batch], { step: number, seed: 0, learningRate: 0, ...constants });
    return await layerStatistics(model.memory);
  };
  const before = await run(1);
  thresholds.set(new Map([[`${KEY}.weight`, 0.9]]));
  const after = await run(2);
  for (const [name, statistics] of before) {
    assert.equal(statistics.threshold, 0.6);
    if (name !== KEY) assert.deepEqual(after.get(name), statistics, name);
  }
  const weights = toFloat32((await model.memory.read("parameters")).get(`${KEY}.weight`)!);
  const { codes, scale } = quantizeGroup(threshold.format(1.58), weights, {
    columns: 16,
    threshold: 0.9,
  });
  const found = after.get(KEY)!;
  assert.equal(found.threshold, 0.9);
  assertClose([found.sparsity, found.scale], [
    codes.filter((code) => code === 0).length / codes.length,
    scale,
  ], { rtol: 1e-5 });
  assert.ok(found.sparsity > before.get(KEY)!.sparsity + 0.05);
});

deviceTest("thresholds are saved with the weights and come back", async (device) => {
  using model = new LanguageModel(config, device);
  model.memory.initialize(0);
  const moved = new Map([[`${KEY}.weight`, 0.7100000000001], [
    "model.layers.0.mlp.up_proj.weight",
    0.3,
  ]]);
  model.memory.thresholds.set(moved);
  const tokens = randomTokens(8);
  const { logits } = await model.forward(tokens, { shape: [1, 8] });
  const state = await model.memory.read("parameters");
  assert.deepEqual(toFloat32(state.get(`${KEY}.weight_threshold`)!), Float32Array.of(0.71));

  using copy = new LanguageModel(config, device);
  await copy.memory.write("parameters", state, "a copy");
  assert.deepEqual(copy.memory.thresholds.values, model.memory.thresholds.values);
  assert.equal(copy.memory.thresholds.values.get(`${KEY}.weight`), 0.71);
  assert.deepEqual((await copy.forward(tokens, { shape: [1, 8] })).logits, logits);

  // Without them they are as the configuration says.
  for (const name of [...state.keys()]) if (name.endsWith("_threshold")) state.delete(name);
  await copy.memory.write("parameters", state, "a copy");
  assert.ok([...copy.memory.thresholds.values.values()].every((value) => value === 0.6));
  assert.notDeepEqual((await copy.forward(tokens, { shape: [1, 8] })).logits, logits);
});

Deno.test("thresholds that cannot be change nothing", async () => {
  const device = testDevices().at(-1)!;
  using model = new LanguageModel(config, device);
  model.memory.initialize(0);
  const { thresholds } = model.memory;
  const before = new Map(thresholds.values);
  const name = `${KEY}.weight`;
  const set = (...entries: [string, number][]) => () => thresholds.set(new Map(entries));
  assert.throws(set([name, 0.5], ["none", 0.5]), {
    name: "RangeError",
    message: "Cannot set a threshold of none: it has none",
  });
  assert.throws(set([name, -0.1]), { name: "RangeError", message: /it is at least 0$/ });
  assert.throws(set([name, NaN]), { name: "RangeError" });
  const state = await model.memory.read("parameters");
  state.set(`${name}_threshold`, storedTensor(Float32Array.of(-1), [1]));
  await assert.rejects(model.memory.write("parameters", state, "a file"), {
    name: "InputError",
    message: /^Cannot load a file: .*k_proj\.weight_threshold is -1, it must be one number/,
  });
  assert.deepEqual(thresholds.values, before);

  using other = new LanguageModel(tinyConfig(), device);
  assert.equal(other.memory.thresholds.values.size, 0);
  const refused = other.memory.write("parameters", state, "a file");
  await assert.rejects(refused, /no tensor .*_threshold/);
});

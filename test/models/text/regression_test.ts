/**
 * The defects of the two projects that BitText follows, kept away: weights without gradients, attention that
 * sees the future or no order, stale quantized weights, targets that do not count. And that it learns.
 */
import assert from "node:assert/strict";
import { CharTokenizer } from "../../../src/data/tokenizers/char_tokenizer.ts";
import type { Device } from "../../../src/device/device.ts";
import type { BatchShape, TextBatch } from "../../../src/data/text/batches.ts";
import { LanguageModel } from "../../../src/models/text/model.ts";
import { type StoredTensor, toFloat32 } from "../../../src/files/tensor.ts";
import type { TextConfig } from "../../../src/models/text/config.ts";
import { makeQuantization } from "../../../src/nn/quantization.ts";
import { evaluateSplit } from "../../../src/runs/text/evaluation.ts";
import { type StepOptions, type StepSettings, TrainingStep } from "../../../src/train/step.ts";
import { assertClose } from "../../assert_close.ts";
import { deviceTest } from "../../devices.ts";
import { randomTokens, TINY_VOCABULARY, tinyConfig, tinyText } from "../../tiny_text.ts";

const WIDTHS = [
  { name: "float", weightBits: 32 },
  { name: "ternary", weightBits: 1.58 },
  { name: "ternary by a threshold", weightBits: 1.58, weightScheme: "threshold" },
  { name: "sign", weightBits: 1 },
];

const T = 8;
const V = TINY_VOCABULARY;

/** Large random weights make every effect visible above rounding. */
function makeModel(config: TextConfig, device: Device, seed = 0): LanguageModel {
  const model = new LanguageModel({ ...config, initializerRange: 0.3 }, device);
  model.memory.initialize(seed);
  return model;
}

const stepSettings = (step: number, learningRate: number): StepSettings => ({
  step,
  seed: 0,
  learningRate,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  clip: 1,
});

type TextStepOptions = BatchShape & StepOptions;

const stepOptions = (options: Partial<TextStepOptions> = {}): TextStepOptions => ({
  batch: 2,
  context: T,
  accumulate: 1,
  labelSmoothing: 0,
  ...options,
});

/** Two sequences of random tokens, and the tokens that follow. */
function microBatch(rows = 2, seed = 3): TextBatch {
  const text = randomTokens(rows * (T + 1), seed);
  const row = (index: number, shift: number) => {
    const start = index * (T + 1) + shift;
    return [...text.subarray(start, start + T)];
  };
  const rowsOf = (shift: number) =>
    Int32Array.from(Array.from({ length: rows }, (_, index) => row(index, shift)).flat());
  return { tokens: rowsOf(0), targets: rowsOf(1) };
}

for (const { name, ...options } of WIDTHS) {
  const config = tinyConfig({ quantization: makeQuantization(options) });

  deviceTest(`${name}: changing a token leaves the logits before it unchanged`, async (device) => {
    using model = makeModel(config, device);
    const tokens = randomTokens(T);
    const { logits } = await model.forward(tokens, { shape: [1, T] });
    for (let t = 0; t < T; t++) {
      const changed = Int32Array.from(tokens);
      changed[t] = (changed[t] + 1) % V;
      const { logits: after } = await model.forward(changed, { shape: [1, T] });
      assert.deepEqual(after.subarray(0, t * V), logits.subarray(0, t * V), `before position ${t}`);
      for (let later = t; later < T; later++) {
        assert.notDeepEqual(
          after.subarray(later * V, (later + 1) * V),
          logits.subarray(later * V, (later + 1) * V),
          `position ${later} does not see position ${t}`,
        );
      }
    }
  });

  deviceTest(`${name}: sequences of a batch do not see each other`, async (device) => {
    using model = makeModel(config, device);
    const tokens = randomTokens(2 * T);
    const { logits } = await model.forward(tokens, { shape: [2, T] });
    const other = Int32Array.from(tokens, (id, at) => at < T ? id : (id + 1) % V);
    const { logits: after } = await model.forward(other, { shape: [2, T] });
    assert.deepEqual(after.subarray(0, T * V), logits.subarray(0, T * V));
  });

  deviceTest(`${name}: permuting positions changes the logits`, async (device) => {
    using model = makeModel(config, device);
    const tokens = Int32Array.from({ length: T }, (_, at) => at);
    const swapped = Int32Array.of(2, 1, 0, 3, 4, 5, 6, 7);
    const last = async (ids: Int32Array) =>
      (await model.forward(ids, { shape: [1, T] })).logits.subarray((T - 1) * V);
    const [before, after] = [await last(tokens), await last(swapped)];
    const largest = Math.max(...before.map((value, at) => Math.abs(value - after[at])));
    assert.ok(largest > 1e-2, `the order of earlier tokens moves logits by ${largest} only`);
  });

  deviceTest(
    `${name}: every latent weight of every linear layer gets a gradient`,
    async (device) => {
      using model = makeModel(config, device);
      const { tokens, targets } = microBatch(8);
      const gradients = await model.gradients(tokens, { shape: [8, T], targets });
      const linears = [...gradients].filter(([key]) => /_proj\.weight$/.test(key));
      assert.equal(linears.length, 7);
      for (const [key, gradient] of linears) {
        const zeros = gradient.filter((value) => value === 0).length;
        assert.equal(zeros, 0, `${key}: ${zeros} of ${gradient.length} gradients are zero`);
      }
    },
  );

  deviceTest(
    `${name}: an evaluation after a training step uses the new weights`,
    async (device) => {
      using model = makeModel(config, device);
      const split = randomTokens(50, 1);
      const options = { batch: 2, context: T, bytes: 49 };
      const before = await evaluateSplit(model, split, options);
      using step = await TrainingStep.make(model, stepOptions());
      await step.run([microBatch()], stepSettings(1, 0.1));
      const after = await evaluateSplit(model, split, options);
      assert.ok(Math.abs(after.loss - before.loss) > 1e-3, `${before.loss} and ${after.loss}`);

      using copy = new LanguageModel(model.config, device);
      await copy.memory.write("parameters", await model.memory.read("parameters"), "a copy");
      assert.deepEqual(await evaluateSplit(copy, split, options), after);
    },
  );

  const enough = options.weightBits === 32 ? 0.1 : 0.3;
  deviceTest(
    `${name}: one batch is learned by heart, to a loss below ${enough}`,
    async (device) => {
      using model = new LanguageModel(config, device);
      model.memory.initialize(0);
      using step = await TrainingStep.make(model, stepOptions());
      const batch = microBatch();
      const steps = 80;
      for (let at = 1; at <= steps; at++) await step.run([batch], stepSettings(at, 2e-2));
      const records = await step.records(1, steps);
      assert.ok(records[0].loss > 2.5, `it starts at ${records[0].loss}`);
      assert.ok(records[steps - 1].loss < enough, `it ends at ${records[steps - 1].loss}`);
    },
  );
}

/** Cross-entropy of each position in float64. */
function lossesOf(logits: Float32Array, targets: Int32Array, smoothing = 0): number[] {
  return Array.from(targets, (target, row) => {
    const scores = Float64Array.from(logits.subarray(row * V, (row + 1) * V));
    const largest = Math.max(...scores);
    const logSum = largest + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - largest), 0));
    const mean = scores.reduce((sum, s) => sum + s, 0) / V;
    return logSum - (1 - smoothing) * scores[target] - smoothing * mean;
  });
}

const meanOf = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

deviceTest("an evaluation counts every token of the split but the first", async (device) => {
  using model = makeModel(tinyConfig(), device);
  const split = randomTokens(43, 5);
  const expected: number[] = [];
  let correct = 0;
  for (let start = 0; start < split.length - 1; start += T) {
    const tokens = new Int32Array(T);
    tokens.set(split.subarray(start, start + T));
    const targets = split.subarray(start + 1, start + 1 + T);
    const { logits } = await model.forward(tokens, { shape: [1, T] });
    expected.push(...lossesOf(logits, targets));
    targets.forEach((target, row) => {
      const scores = logits.subarray(row * V, (row + 1) * V);
      if (scores[target] === Math.max(...scores)) correct++;
    });
  }
  assert.equal(expected.length, split.length - 1);
  for (const batch of [1, 2]) {
    const result = await evaluateSplit(model, split, { batch, context: T, bytes: 84 });
    assert.equal(result.tokens, split.length - 1);
    assertClose([result.loss], [meanOf(expected)], { rtol: 1e-5, label: `batch ${batch}` });
    assert.equal(result.perplexity, Math.exp(result.loss));
    assertClose([result.bits_per_byte], [result.loss * 42 / Math.LN2 / 84], { rtol: 1e-12 });
    assert.equal(result.accuracy, correct / 42);
  }
});

deviceTest("every character of the vocabulary counts as a target, newline too", async (device) => {
  const tokenizer = CharTokenizer.fromText(tinyText());
  assert.deepEqual([...tokenizer.encode("\n")], [0]);
  using model = makeModel(tinyConfig(), device);
  await model.refresh();
  for (let start = 0; start < V; start += T) {
    const tokens = randomTokens(T, start);
    const targets = Int32Array.from({ length: T }, (_, at) => Math.min(start + at, V - 1));
    const { losses } = await model.score(tokens, { shape: [1, T], targets });
    assert.ok(losses.every((loss) => loss > 0), `targets ${targets}: ${losses}`);
    const { logits, loss } = await model.forward(tokens, { shape: [1, T], targets });
    assertClose(losses, lossesOf(logits, targets), { rtol: 1e-5 });
    assertClose([loss!], [meanOf([...losses])], { rtol: 1e-5 });
  }
});

deviceTest("the training loss is the mean over every target, smoothed as asked", async (device) => {
  const { tokens, targets } = microBatch();
  for (const labelSmoothing of [0, 0.1]) {
    using model = makeModel(tinyConfig(), device);
    const { logits } = await model.forward(tokens, { shape: [2, T] });
    using step = await TrainingStep.make(model, stepOptions({ labelSmoothing }));
    await step.run([{ tokens, targets }], stepSettings(1, 1e-3));
    const [{ loss }] = await step.records(1, 1);
    assertClose([loss], [meanOf(lossesOf(logits, targets, labelSmoothing))], { rtol: 1e-5 });
  }
});

deviceTest("two micro-batches of B make the step of one batch of 2B", async (device) => {
  const config = tinyConfig({ bits: 32 });
  const whole = microBatch();
  const half = (at: number): TextBatch => ({
    tokens: whole.tokens.subarray(at * T, (at + 1) * T),
    targets: whole.targets.subarray(at * T, (at + 1) * T),
  });
  const run = async (options: Partial<TextStepOptions>, batches: readonly TextBatch[]) => {
    using model = makeModel(config, device);
    using step = await TrainingStep.make(model, stepOptions(options));
    await step.run(batches, stepSettings(1, 1e-3));
    const [record] = await step.records(1, 1);
    return { record, gradients: await model.memory.read("gradients") };
  };
  const together = await run({ batch: 2 }, [whole]);
  const accumulated = await run({ batch: 1, accumulate: 2 }, [half(0), half(1)]);
  assertClose([accumulated.record.loss], [together.record.loss], { label: "loss" });
  assertClose([accumulated.record.gradientNorm], [together.record.gradientNorm], {
    label: "gradient norm",
  });
  const values = (tensor: StoredTensor | undefined) => toFloat32(tensor!);
  for (const [key, gradient] of together.gradients) {
    assertClose(values(accumulated.gradients.get(key)), values(gradient), { label: key });
  }
});

const VARIANTS: readonly [string, Parameters<typeof tinyConfig>[0]][] = [
  ["tied embeddings", { tieWordEmbeddings: true }],
  ["grouped-query attention", { keyValueHeads: 1 }],
  ["relu²", { activation: "relu2" }],
  ["one scale per row", {
    quantization: makeQuantization({ weightGranularity: "row" }),
  }],
];

for (const [name, options] of VARIANTS) {
  deviceTest(`${name}: it learns, and its tensors are Hugging Face's`, async (device) => {
    using model = makeModel(tinyConfig(options), device);
    using step = await TrainingStep.make(model, stepOptions());
    const batch = microBatch();
    for (let at = 1; at <= 20; at++) await step.run([batch], stepSettings(at, 1e-2));
    const records = await step.records(1, 20);
    assert.ok(records[19].loss < 0.8 * records[0].loss, `${records[0].loss}, ${records[19].loss}`);
    const state = await model.memory.read("parameters");
    assert.equal(state.has("lm_head.weight"), options?.tieWordEmbeddings !== true);
    const keys = state.get("model.layers.0.self_attn.k_proj.weight");
    assert.deepEqual(keys?.shape, [8 * (options?.keyValueHeads ?? 2), 16]);
  });
}

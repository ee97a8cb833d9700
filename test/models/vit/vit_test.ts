/** The image model in all its forms: what reaches what, gradients, quantization, learning. */
import assert from "node:assert/strict";
import type { Device } from "../../../src/device/device.ts";
import { toFloat32 } from "../../../src/files/tensor.ts";
import { ImageClassifier } from "../../../src/models/vit/model.ts";
import type { VitConfig } from "../../../src/models/vit/config.ts";
import { makeQuantization } from "../../../src/nn/quantization.ts";
import { makeTrace } from "../../../src/nn/trace.ts";
import { pool } from "../../../src/ops/pool.ts";
import { makePlan } from "../../../src/tensor/plan.ts";
import { input } from "../../../src/tensor/value.ts";
import { type StepSettings, TrainingStep } from "../../../src/train/step.ts";
import { assertClose } from "../../assert_close.ts";
import { deviceTest, testDevices } from "../../devices.ts";
import { randomImages, tinyVitConfig } from "../../tiny_images.ts";

type Form = Parameters<typeof tinyVitConfig>[0];

const convolution = { kind: "convolution", layers: 2, channels: 6 } as const;

const seq = makeQuantization({ weightBits: 2, weightScheme: "seq" });

const forms: readonly { readonly name: string; readonly form: Form }[] = [
  { name: "patches and class token", form: {} },
  { name: "patches, mean", form: { pooling: "mean" } },
  { name: "convolutions and weighted sum", form: { tokenizer: convolution, pooling: "sequence" } },
  {
    name: "everything at 2 bits",
    form: {
      bits: 2,
      embedQuantization: makeQuantization({ weightBits: 2 }),
      headQuantization: makeQuantization({ weightBits: 2 }),
    },
  },
  { name: "learned scales", form: { quantization: seq } },
  {
    name: "running maxima",
    form: { quantization: makeQuantization({ activationScheme: "ema_tensor" }) },
  },
  {
    name: "ternary convolutions",
    form: {
      tokenizer: convolution,
      pooling: "class",
      embedQuantization: makeQuantization({ weightBits: 1.58 }),
    },
  },
];

/**
 * Images in a batch where their number does not matter: a software GPU compiles every kernel anew for another number,
 * which takes most of the time of these tests.
 */
const BATCH = 3;

/** Large random weights make every effect visible above rounding. */
function makeModel(device: Device, form: Form, seed = 0): ImageClassifier {
  const model = new ImageClassifier({ ...tinyVitConfig(form), initializerRange: 0.3 }, device);
  model.memory.initialize(seed);
  return model;
}

const shapeOf = ({ channels, imageSize }: VitConfig, batch: number) =>
  [batch, channels, imageSize, imageSize] as const;

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

/** Trains on one batch again and again. */
async function learnByHeart(device: Device, form: Form): Promise<void> {
  using model = new ImageClassifier(tinyVitConfig(form), device);
  model.memory.initialize(0);
  const batch = randomImages(model.config, 8);
  using step = await TrainingStep.make(model, { batch: 8, accumulate: 1, labelSmoothing: 0 });
  for (let i = 1; i <= 80; i++) await step.run([batch], stepSettings(i, 1e-2));
  const records = await step.records(1, 80);
  assert.ok(records[0].loss > 1.2, `it starts at ${records[0].loss}`);
  assert.ok(records[79].loss < 0.3, `it ends at ${records[79].loss}`);
  const { logits } = await model.forward(batch.images, { shape: shapeOf(model.config, 8) });
  const classes = model.config.labels.length;
  batch.labels.forEach((label, i) => {
    const row = [...logits.subarray(i * classes, (i + 1) * classes)];
    assert.equal(row.indexOf(Math.max(...row)), label, `image ${i}`);
  });
}

deviceTest("one batch is learned by heart", (device) => learnByHeart(device, {}));

for (const { name, form } of forms) {
  // A software GPU would take minutes for all of them; the kernels are compared elsewhere.
  for (const device of testDevices().filter(({ description }) => description.backend === "cpu")) {
    Deno.test(`${name}: one batch is learned by heart [cpu]`, () => learnByHeart(device, form));
  }

  deviceTest(`${name}: every parameter but key biases has a gradient`, async (device) => {
    using model = makeModel(device, form);
    const { images, labels } = randomImages(model.config, BATCH);
    const shape = shapeOf(model.config, BATCH);
    const gradients = await model.gradients(images, { shape, labels });
    for (const [name, gradient] of gradients) {
      if (name.endsWith("key.bias")) continue;
      assert.ok(gradient.some((value) => Math.abs(value) > 1e-7), name);
    }
  });

  deviceTest(`${name}: in float, gradients are those of the loss`, async (device) => {
    const float = makeQuantization({ weightBits: 32 });
    const inFloat = {
      ...form,
      quantization: float,
      embedQuantization: float,
      headQuantization: float,
    };
    using model = makeModel(device, inFloat);
    const { images, labels } = randomImages(model.config, BATCH);
    const options = { shape: shapeOf(model.config, BATCH), labels };
    const gradients = await model.gradients(images, options);
    const weights = await model.memory.read("parameters");
    // Along each parameter's gradient the loss rises by its squared norm; max pooling has kinks.
    for (const [name, gradient] of gradients) {
      const squared = gradient.reduce((sum, value) => sum + value * value, 0);
      if (squared < 1e-8) continue;
      const h = 2e-3 / Math.sqrt(squared);
      const lossAt = async (h: number) => {
        const moved = new Map(weights);
        const tensor = weights.get(name)!;
        const data = toFloat32(tensor).map((value, i) => value + h * gradient[i]);
        moved.set(name, { ...tensor, data: new Uint8Array(data.buffer) });
        await model.memory.write("parameters", moved, name);
        return (await model.forward(images, options)).loss!;
      };
      const quotient = (await lossAt(h) - await lossAt(-h)) / (2 * h);
      assertClose([quotient], [squared], { rtol: 0.05, label: name });
    }
  });
}

deviceTest(
  "of the deepest block only the class token is computed, to the same logits",
  async (device) => {
    using model = makeModel(device, {});
    const { images } = randomImages(model.config, BATCH);
    const shape = shapeOf(model.config, BATCH);
    const { logits } = await model.forward(images, { shape });
    const pixels = input("images", shape);
    const trace = makeTrace(model.memory);
    const whole = model.network.hidden(pixels, trace).at(-1)!;
    const { norm, classifier } = model.network;
    const first = norm.call(pool(whole, "first"), trace);
    const expected = classifier.call({ kind: "float", value: first }, trace);
    using plan = await model.memory.compile(makePlan([expected]));
    plan.write(pixels, images);
    plan.run();
    assertClose(logits, await plan.read(expected), { rtol: 1e-6, label: "logits" });
  },
);

deviceTest("patches in another order are another image", async (device) => {
  using model = makeModel(device, {});
  const { images } = randomImages(model.config, BATCH);
  const shape = shapeOf(model.config, BATCH);
  const swapped = images.slice();
  // Left and right halves of 8×8 pixels in patches of 4.
  for (let row = 0; row < images.length; row += 8) {
    swapped.set(images.subarray(row, row + 4), row + 4);
    swapped.set(images.subarray(row + 4, row + 8), row);
  }
  const { logits } = await model.forward(images, { shape });
  const { logits: others } = await model.forward(swapped, { shape });
  const classes = model.config.labels.length;
  for (let image = 0; image < BATCH; image++) {
    const of = (all: Float32Array) => all.subarray(image * classes, (image + 1) * classes);
    assert.ok(of(logits).some((value, i) => Math.abs(value - of(others)[i]) > 1e-3), `${image}`);
  }
});

deviceTest("images of a batch do not see each other", async (device) => {
  using model = makeModel(device, {});
  const { images } = randomImages(model.config, BATCH);
  const alone = images.slice(0, images.length / BATCH);
  const both = await model.forward(images, { shape: shapeOf(model.config, BATCH) });
  const one = await model.forward(alone, { shape: shapeOf(model.config, 1) });
  assertClose(both.logits.subarray(0, one.logits.length), one.logits, { rtol: 1e-6 });
});

deviceTest(
  "dropout and stochastic depth act in training alone, and differ by step",
  async (device) => {
    using model = makeModel(device, { dropout: 0.2, stochasticDepth: 0.5 });
    const batch = randomImages(model.config, BATCH);
    const options = { shape: shapeOf(model.config, BATCH), labels: batch.labels };
    const { loss } = await model.forward(batch.images, options);
    assert.equal((await model.forward(batch.images, options)).loss, loss);
    const layout = { batch: BATCH, accumulate: 1, labelSmoothing: 0 };
    using step = await TrainingStep.make(model, layout);
    for (let i = 1; i <= 4; i++) await step.run([batch], stepSettings(i, 0));
    const losses = (await step.records(1, 4)).map((record) => record.loss);
    assert.equal(new Set([...losses, loss]).size, 5, `${losses}`);
    assert.equal((await model.forward(batch.images, options)).loss, loss);
  },
);

deviceTest("micro-batches make the step that one of all makes", async (device) => {
  const gradientNorms = async (batch: number, accumulate: number) => {
    using model = makeModel(device, { bits: 32 });
    const whole = randomImages(model.config, BATCH);
    const parts = Array.from({ length: accumulate }, (_, i) => ({
      images: whole.images.subarray(i * batch * 192, (i + 1) * batch * 192),
      labels: whole.labels.subarray(i * batch, (i + 1) * batch),
    }));
    using step = await TrainingStep.make(model, { batch, accumulate, labelSmoothing: 0 });
    await step.run(parts, stepSettings(1, 1e-3));
    const [{ loss, gradientNorm }] = await step.records(1, 1);
    return [loss, gradientNorm];
  };
  assertClose(await gradientNorms(1, BATCH), await gradientNorms(BATCH, 1), { rtol: 1e-5 });
});

deviceTest("a mixture of two labels is learned as such", async (device) => {
  using model = new ImageClassifier(tinyVitConfig({ bits: 32 }), device);
  model.memory.initialize(0);
  const { images } = randomImages(model.config, 1);
  const labels = Float32Array.of(0, 0.25, 0, 0.75, 0);
  const options = { batch: 1, softLabels: true, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, options);
  for (let i = 1; i <= 60; i++) await step.run([{ images, labels }], stepSettings(i, 1e-2));
  const { logits } = await model.forward(images, { shape: shapeOf(model.config, 1) });
  const weights = logits.map(Math.exp);
  const sum = weights.reduce((a, b) => a + b);
  assertClose(weights.map((weight) => weight / sum), labels, { rtol: 0, atol: 0.03 });
});

deviceTest("a label of -100 does not count", async (device) => {
  using model = makeModel(device, {});
  const { images, labels } = randomImages(model.config, BATCH);
  const shape = shapeOf(model.config, BATCH);
  await model.refresh();
  const { losses } = await model.score(images, { shape, labels });
  const some = labels.map((label, i) => i === 1 ? -100 : label);
  const { loss } = await model.forward(images, { shape, labels: some });
  assertClose([loss!], [(losses[0] + losses[2]) / 2], { rtol: 1e-6 });
});

deviceTest("wrong images and labels are refused", async (device) => {
  using model = makeModel(device, {});
  const { images } = randomImages(model.config, 2);
  const forward = (shape: readonly number[], labels?: number[], pixels = images) =>
    model.forward(pixels, {
      shape: shape as [number, number, number, number],
      labels: labels && Int32Array.from(labels),
    });
  const right = [2, 3, 8, 8];
  await assert.rejects(forward([2, 1, 8, 8]), /RangeError: .* built for \(B, 3, 8, 8\)/);
  await assert.rejects(forward([2, 3, 8, 8, 1]), /RangeError: Cannot run images of shape/);
  await assert.rejects(forward([3, 3, 8, 8]), /with 384 pixels: it needs 576/);
  await assert.rejects(forward(right, [1]), /Cannot run 2 images with 1 labels/);
  await assert.rejects(forward(right, [1, 5]), /Cannot use label 5: the model has 5 classes/);
  const tokens = new Int32Array(384) as unknown as Float32Array;
  await assert.rejects(forward(right, undefined, tokens), /TypeError: .* Float32Array/);
});

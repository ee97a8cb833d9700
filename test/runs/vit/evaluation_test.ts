import assert from "node:assert/strict";
import { Normalization } from "../../../src/data/images/augment/normalization.ts";
import { ImageClassifier } from "../../../src/models/vit/model.ts";
import { ConfusionMatrix } from "../../../src/runs/vit/confusion_matrix.ts";
import { EvaluationBatches } from "../../../src/runs/vit/evaluation_batches.ts";
import { evaluateImages, imageEvaluationBatch } from "../../../src/runs/vit/evaluation.ts";
import { assertClose } from "../../assert_close.ts";
import { deviceTest } from "../../devices.ts";
import { randomImages, tinyVitConfig } from "../../tiny_images.ts";
import { numberedLabels } from "../../../src/models/vit/config.ts";
import { brightImages } from "../../train/tiny_image_run.ts";

const CLASSES = 7;

deviceTest("an evaluation is that of each image alone, whatever the batch", async (device) => {
  const labels = numberedLabels(CLASSES);
  using model = new ImageClassifier(tinyVitConfig({ bits: 32, labels }), device);
  model.memory.initialize(3);
  const normalization = new Normalization([0.4, 0.5, 0.6], [0.2, 0.3, 0.2]);
  const split = brightImages(11);
  const shape = [1, 3, 8, 8] as const;
  let [loss, first, amongFive] = [0, 0, 0];
  const expected = new ConfusionMatrix(CLASSES);
  for (const index of split.labels.keys()) {
    const [pixels, images] = [new Uint8Array(192), new Float32Array(192)];
    split.read(Int32Array.of(index), pixels);
    normalization.apply(pixels, split, images);
    const label = split.labels[index];
    const forward = await model.forward(images, { shape, labels: Int32Array.of(label) });
    const order = [...forward.logits.keys()].sort((a, b) => forward.logits[b] - forward.logits[a]);
    loss += forward.loss!;
    if (order[0] === label) first++;
    if (order.slice(0, 5).includes(label)) amongFive++;
    expected.add(label, order[0]);
  }
  for (const batch of [1, 4, 11]) {
    const confusion = new ConfusionMatrix(CLASSES);
    const done: number[] = [];
    const batches = new EvaluationBatches(split, batch, normalization);
    const evaluation = await evaluateImages(model, batches, {
      confusion,
      onImages: (count) => done.push(count),
    });
    assertClose([evaluation.loss], [loss / 11], { rtol: 1e-5, label: `in batches of ${batch}` });
    assert.deepEqual(
      [evaluation.top1, evaluation.top5, evaluation.images],
      [first / 11, amongFive / 11, 11],
    );
    assert.deepEqual(confusion.counts, expected.counts);
    assert.equal(done.at(-1), 11);
  }
});

deviceTest(
  "images without a class do not count, and there must be one that does",
  async (device) => {
    using model = new ImageClassifier(tinyVitConfig({ bits: 32 }), device);
    model.memory.initialize(3);
    const batch = randomImages(model.config, 3);
    const all = await evaluateImages(model, [batch]);
    const labels = batch.labels.slice();
    labels[1] = -100;
    const { images, loss } = await evaluateImages(model, [{ ...batch, labels }]);
    assert.equal(images, 2);
    assert.notEqual(loss, all.loss);
    await assert.rejects(
      evaluateImages(model, [{ ...batch, labels: labels.fill(-100) }]),
      /^InputError: Cannot evaluate on no images/,
    );
  },
);

Deno.test("accuracies per class come from their rows", () => {
  const confusion = new ConfusionMatrix(3);
  for (const [label, predicted] of [[0, 0], [0, 1], [0, 0], [2, 1]]) {
    confusion.add(label, predicted);
  }
  assert.deepEqual([0, 1, 2].map((label) => confusion.images(label)), [3, 0, 1]);
  assert.deepEqual([0, 1, 2].map((label) => confusion.accuracy(label)), [2 / 3, null, 0]);
  assert.equal(confusion.count(2, 1), 1);
});

Deno.test("larger models evaluate fewer images at once, but never none", () => {
  const batch = (options: Parameters<typeof tinyVitConfig>[0]) =>
    imageEvaluationBatch(tinyVitConfig(options));
  assert.equal(batch({}), 250);
  const base = { imageSize: 224, hiddenSize: 768, intermediateSize: 3072 };
  assert.equal(batch({ ...base, tokenizer: { kind: "patch", patchSize: 16 } }), 13);
  assert.equal(
    batch({ imageSize: 32, tokenizer: { kind: "convolution", layers: 2, channels: 64 } }),
    128,
  );
  assert.equal(batch({ ...base, imageSize: 4096, tokenizer: { kind: "patch", patchSize: 4 } }), 1);
});

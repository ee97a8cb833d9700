import assert from "node:assert/strict";
import {
  type Augmentation,
  noAugmentation,
  parseAugmentation,
} from "../../../src/data/images/augment/augmentation.ts";
import { Normalization } from "../../../src/data/images/augment/normalization.ts";
import { EvaluationImages } from "../../../src/data/images/evaluation_images.ts";
import { ImageBatches } from "../../../src/data/images/image_batches.ts";
import type { ImageSplit } from "../../../src/data/images/image_split.ts";
import { MemorySplit } from "../../../src/data/images/memory_split.ts";
import { randomSplit } from "./tiny_images.ts";

const start = { seed: 3, stream: 2, position: 0 };
const size = { height: 6, width: 5, channels: 3 } as const;
const normalization = new Normalization([0.5, 0.25, 0.1], [0.5, 0.3, 0.2]);
const split = randomSplit(size, 10, 4);

const make = (augmentation: Augmentation = noAugmentation, from = start, accumulate = 1) =>
  new ImageBatches(split, { batch: 4, accumulate, classes: 4, normalization, augmentation }, from);

/** Every number and label of some steps. */
async function numbers(batches: ImageBatches, steps: number): Promise<number[]> {
  const all: number[] = [];
  for (let step = 0; step < steps; step++) {
    for (const { images, labels } of await batches.next()) all.push(...images, ...labels);
  }
  return all;
}

Deno.test("each image comes once per epoch, in another order each time", async () => {
  // The one pixel of an image is its number.
  const pixels = Uint8Array.from({ length: 10 }, (_, index) => index);
  const marked = new MemorySplit({ height: 1, width: 1, channels: 1 }, pixels, pixels);
  const plain = new Normalization([0], [1 / 255]);
  const options = { batch: 5, classes: 10, normalization: plain };
  const batches = new ImageBatches(marked, options, start);
  const epochs: number[][] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    const drawn: number[] = [];
    for (let step = 0; step < 2; step++) {
      const [{ images, labels }] = await batches.next();
      assert.deepEqual([...labels], [...images].map(Math.round));
      drawn.push(...labels);
    }
    assert.deepEqual(drawn.toSorted((a, b) => a - b), [...pixels]);
    epochs.push(drawn);
  }
  assert.notDeepEqual(epochs[0], epochs[1]);
  assert.notDeepEqual(epochs[1], epochs[2]);
});

for (const augment of ["none", "crop:2+flip+rand", "mixup", "crop+cutmix", "mixup+cutmix"]) {
  Deno.test(`${augment}: what is gone on with is what would have come`, async () => {
    const augmentation = parseAugmentation(augment);
    const whole = make(augmentation, start, 2);
    await numbers(whole, 3);
    const state = JSON.parse(JSON.stringify(whole.state()));
    assert.deepEqual(state, { ...start, position: 24 });
    const rest = await numbers(whole, 3);
    assert.deepEqual(await numbers(make(augmentation, state, 2), 3), rest);
    const other = { ...state, seed: 4 };
    assert.notDeepEqual(await numbers(make(augmentation, other, 2), 3), rest);
  });
}

Deno.test("without changes, images are normalized, channel by channel", async () => {
  const one = new MemorySplit(size, new Uint8Array(90).fill(51), Uint8Array.of(2));
  const batches = new ImageBatches(one, { batch: 1, classes: 4, normalization }, start);
  const [{ images, labels }] = await batches.next();
  assert.deepEqual([...labels], [2]);
  const expected = [(0.2 - 0.5) / 0.5, (0.2 - 0.25) / 0.3, (0.2 - 0.1) / 0.2];
  images.forEach((value, at) =>
    assert.ok(Math.abs(value - expected[Math.floor(at / 30)]) < 1e-6, `${at}: ${value}`)
  );
});

Deno.test("labels of mixtures are probabilities, smoothed if asked", async () => {
  for (const augment of ["mixup:1", "cutmix", "mixup+cutmix"]) {
    const augmentation = parseAugmentation(augment);
    const options = { batch: 4, classes: 4, normalization, augmentation, labelSmoothing: 0.2 };
    const batches = new ImageBatches(split, options, start);
    for (let step = 0; step < 5; step++) {
      const [{ labels }] = await batches.next();
      assert.ok(labels instanceof Float32Array);
      for (let row = 0; row < 4; row++) {
        const wanted = labels.subarray(4 * row, 4 * row + 4);
        assert.ok(Math.abs(wanted.reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
        assert.ok(wanted.every((share) => share > 0.0499));
      }
    }
  }
});

Deno.test("the next images are read while the last ones are worked with", async () => {
  let reads = 0;
  const slow: ImageSplit = {
    ...size,
    ...{ count: split.count, labels: split.labels },
    read(indices, out) {
      reads++;
      return Promise.resolve().then(() => split.read(indices, out));
    },
  };
  const batches = new ImageBatches(slow, { batch: 4, classes: 4, normalization }, start);
  assert.equal(reads, 0);
  const first = await numbers(batches, 1);
  assert.equal(reads, 2);
  assert.deepEqual([first, await numbers(batches, 2)].flat(), await numbers(make(), 3));

  const broken: ImageSplit = { ...slow, read: () => Promise.reject(new Error("gone")) };
  const lost = new ImageBatches(broken, { batch: 4, classes: 4, normalization }, start);
  await assert.rejects(lost.next(), /gone/);
});

Deno.test("evaluation sees every image once, and fills the last batch up", async () => {
  const batches = new EvaluationImages(split, 4, normalization);
  assert.equal(batches.batches, 3);
  const [images, labels] = [new Float32Array(4 * 90), new Int32Array(4)];
  const seen: number[] = [];
  for (let index = 0; index < 3; index++) {
    const counted = await batches.fill(index, images, labels);
    seen.push(...labels.subarray(0, counted));
    assert.ok(labels.subarray(counted).every((label) => label === -100));
  }
  assert.deepEqual(seen, [...split.labels]);
  await assert.rejects(batches.fill(3, images, labels), /no batch 3 among 3/);
  await assert.rejects(batches.fill(0, images, new Int32Array(3)), /does not fit/);
});

import assert from "node:assert/strict";
import { readIdxDataset } from "../../../src/data/images/idx_dataset.ts";
import { parseIdx } from "../../../src/data/images/idx_file.ts";
import type { ImageOptions } from "../../../src/data/images/image_options.ts";
import { messageOf } from "../hub/test_hub.ts";
import { idxFile, randomPixels } from "./tiny_images.ts";

const pixels = randomPixels(5 * 4 * 6);
const whole: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "train-images-idx3-ubyte": idxFile([3, 4, 6], pixels.subarray(0, 3 * 24)),
  "train-labels-idx1-ubyte": idxFile([3], Uint8Array.of(0, 2, 1)),
  "t10k-images-idx3-ubyte": idxFile([2, 4, 4], pixels.subarray(3 * 24, 3 * 24 + 32)),
  "t10k-labels-idx1-ubyte": idxFile([2], Uint8Array.of(1, 1)),
};

const read = (files = whole, options: ImageOptions = {}, classes?: string[]) =>
  readIdxDataset({
    ...{ name: "tiny", canonicalName: "tiny", source: "tiny", license: "none", classes },
    read: (file) => Promise.resolve(files[file]),
  }, options);

Deno.test("four IDX files are a data set: squares, labels, statistics of the training images", async () => {
  const { train, test, classes, mean, std, skipped, sha256 } = await read();
  assert.deepEqual([train.count, train.height, train.width, train.channels], [3, 4, 4, 1]);
  assert.deepEqual([...train.labels, ...test.labels], [0, 2, 1, 1, 1]);
  assert.deepEqual(classes, ["0", "1", "2"]);
  assert.deepEqual(skipped, []);
  assert.match(sha256, /^[0-9a-f]{64}$/);

  const all = new Uint8Array(3 * 16);
  train.read(Int32Array.of(0, 1, 2), all);
  // The sides of wide images are cut off.
  const middle = Array.from(
    { length: 4 },
    (_, row) => [...pixels.subarray(6 * row + 1, 6 * row + 5)],
  );
  assert.deepEqual([...all.subarray(0, 16)], middle.flat());
  const expected = all.reduce((sum, value) => sum + value, 0) / 48;
  assert.ok(Math.abs(mean[0] - expected / 255) < 1e-12);
  const variance = all.reduce((sum, value) => sum + (value - expected) ** 2, 0) / 48;
  assert.ok(Math.abs(std[0] - Math.sqrt(variance) / 255) < 1e-12);

  const one = new Uint8Array(16);
  test.read(Int32Array.of(1), one);
  assert.deepEqual(one, pixels.subarray(3 * 24 + 16, 3 * 24 + 32));
  assert.throws(() => test.read(Int32Array.of(2), one), /no image 2 among 2/);
  assert.throws(() => test.read(Int32Array.of(0, 1), one), /do not fit 16/);
});

Deno.test("images of IDX files are resized and colored if asked", async () => {
  const { train, mean } = await read(whole, { imageSize: 8, channels: 3 });
  assert.deepEqual([train.height, train.width, train.channels], [8, 8, 3]);
  const image = new Uint8Array(8 * 8 * 3);
  train.read(Int32Array.of(1), image);
  for (let at = 0; at < image.length; at += 3) assert.equal(image[at], image[at + 2]);
  assert.equal(mean.length, 3);
});

Deno.test("damaged IDX files and wrong labels are one clear line", async () => {
  const cases: [file: string, bytes: Uint8Array<ArrayBuffer>, why: RegExp][] = [
    [
      "t10k-labels-idx1-ubyte",
      idxFile([1], Uint8Array.of(1)),
      /has 2 images, and t10k-labels.* 1 l/,
    ],
    ["t10k-images-idx3-ubyte", whole["t10k-images-idx3-ubyte"].slice(0, -1), /it has 31 bytes/],
    ["t10k-images-idx3-ubyte", new Uint8Array(3), /it is no IDX file/],
    ["train-labels-idx1-ubyte", Uint8Array.of(0, 0, 9, 1), /elements are of type 9/],
    ["train-labels-idx1-ubyte", idxFile([1, 3], Uint8Array.of(0, 1, 2)), /2 dimensions, not 1/],
    ["train-labels-idx1-ubyte", idxFile([3], new Uint8Array(3)).slice(0, 6), /within its header/],
  ];
  for (const [file, bytes, why] of cases) {
    const message = await messageOf(read({ ...whole, [file]: bytes }));
    assert.match(message, /^InputError: Cannot (read|use) (train|t10k)-\S+ of tiny: [^\n]*$/);
    assert.match(message, why);
  }
  const message = await messageOf(read(whole, {}, ["a", "b"]));
  assert.equal(
    message,
    "InputError: Cannot use train-labels-idx1-ubyte of tiny: label 1 is 2, 0 to 1 are accepted",
  );
  const empty = { ...whole, "train-images-idx3-ubyte": idxFile([0, 4, 4], new Uint8Array()) };
  const none = { ...empty, "train-labels-idx1-ubyte": idxFile([0], new Uint8Array()) };
  assert.match(await messageOf(read(none)), /there are no images in it/);
});

Deno.test("an IDX file of any rank", () => {
  const { shape, data } = parseIdx(idxFile([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6)), "x", 2);
  assert.deepEqual(shape, [2, 3]);
  assert.deepEqual([...data], [1, 2, 3, 4, 5, 6]);
});

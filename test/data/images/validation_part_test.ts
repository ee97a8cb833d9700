import assert from "node:assert/strict";
import { ImageSubset, withValidation } from "../../../src/data/images/validation_part.ts";
import { randomSplit } from "./tiny_images.ts";

const SIZE = { height: 2, width: 3, channels: 1 } as const;

/** The pixels of every image, as text. */
function pixelsOf(split: ReturnType<typeof withValidation>["train"]): string[] {
  return Array.from({ length: split.count }, (_, index) => {
    const out = new Uint8Array(6);
    split.read(Int32Array.of(index), out);
    return `${split.labels[index]}: ${out}`;
  });
}

Deno.test("a tenth is held out, the same every time, and no image is in both parts", () => {
  const whole = randomSplit(SIZE, 200, 7);
  const { train, validation } = withValidation({ train: whole });
  assert.deepEqual([train.count, validation.count], [180, 20]);
  const all = [...pixelsOf(train), ...pixelsOf(validation)];
  assert.deepEqual(all.toSorted(), pixelsOf(whole).toSorted());
  assert.deepEqual(pixelsOf(withValidation({ train: whole }).validation), pixelsOf(validation));
});

Deno.test("custom images to choose by are kept", () => {
  const [train, validation] = [randomSplit(SIZE, 10, 2), randomSplit(SIZE, 5, 2)];
  assert.deepEqual(withValidation({ train, validation }), { train, validation });
  assert.equal(withValidation({ train: randomSplit(SIZE, 3, 2) }).validation.count, 1);
});

Deno.test("a subset has no more images than it was given", () => {
  const subset = new ImageSubset(randomSplit(SIZE, 10, 2), Int32Array.of(7, 1));
  assert.throws(() => subset.read(Int32Array.of(2), new Uint8Array(6)), /no image 2 among 2/);
});

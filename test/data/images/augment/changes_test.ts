import assert from "node:assert/strict";
import {
  rotation,
  shearX,
  shearY,
  transform,
  translation,
} from "../../../../src/data/images/augment/affine.ts";
import { sampleBeta } from "../../../../src/data/images/augment/beta.ts";
import * as colors from "../../../../src/data/images/augment/colors.ts";
import { moveImage } from "../../../../src/data/images/augment/crop.ts";
import { cutmix } from "../../../../src/data/images/augment/cutmix.ts";
import { flipHorizontally } from "../../../../src/data/images/augment/flip.ts";
import { mixup } from "../../../../src/data/images/augment/mixup.ts";
import { RandAugment } from "../../../../src/data/images/augment/rand_augment.ts";
import { writeSoftLabels } from "../../../../src/data/images/augment/soft_labels.ts";
import { imageBytes, type ImageSize } from "../../../../src/data/images/image_split.ts";
import { Random } from "../../../../src/random.ts";
import { randomPixels } from "../tiny_images.ts";

const sizes: readonly ImageSize[] = [
  { height: 1, width: 1, channels: 1 },
  { height: 4, width: 7, channels: 1 },
  { height: 6, width: 5, channels: 3 },
];

/** The image whose pixels come from places that a function names; black where it names none. */
function taken(
  pixels: Uint8Array,
  { height, width, channels }: ImageSize,
  from: (row: number, column: number) => readonly [number, number],
): number[] {
  const out: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [y, x] = from(row, column);
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      for (let channel = 0; channel < channels; channel++) {
        out.push(inside ? pixels[(y * width + x) * channels + channel] : 0);
      }
    }
  }
  return out;
}

for (const size of sizes) {
  const { height, width, channels } = size;
  const title = `${height}×${width}×${channels}`;
  const pixels = randomPixels(imageBytes(size));
  const scratch = new Uint8Array(pixels.length);

  Deno.test(`${title}: mirrored`, () => {
    const flipped = pixels.slice();
    flipHorizontally(flipped, size);
    assert.deepEqual([...flipped], taken(pixels, size, (row, column) => [row, width - 1 - column]));
  });

  Deno.test(`${title}: moved within its frame`, () => {
    for (const [down, right] of [[0, 0], [1, 2], [-1, 2], [2, -1], [-2, -3], [99, 0], [0, -99]]) {
      const expected = taken(pixels, size, (row, column) => [row - down, column - right]);
      const moved = pixels.slice();
      moveImage(moved, size, down, right);
      assert.deepEqual([...moved], expected, `${down} ${right}`);
      const translated = pixels.slice();
      transform(translated, size, translation(right, down), scratch);
      assert.deepEqual([...translated], expected, `${down} ${right}`);
    }
  });

  Deno.test(`${title}: nothing changes where nothing should`, () => {
    const image = pixels.slice();
    transform(image, size, rotation(0), scratch);
    transform(image, size, shearX(0), scratch);
    transform(image, size, shearY(0), scratch);
    colors.changeBrightness(image, 1);
    colors.changeContrast(image, size, 1);
    colors.changeSaturation(image, size, 1);
    colors.changeSharpness(image, size, 1, scratch);
    colors.posterize(image, 8);
    colors.solarize(image, 256);
    image.forEach((value, at) => assert.ok(Math.abs(value - pixels[at]) <= 1, `${at}`));
  });
}

Deno.test("turned clockwise, and leant", () => {
  const size = { height: 3, width: 3, channels: 1 } as const;
  const image = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const scratch = new Uint8Array(9);
  const turned = image.slice();
  transform(turned, size, rotation(90), scratch);
  assert.deepEqual([...turned], [7, 4, 1, 8, 5, 2, 9, 6, 3]);
  const leant = image.slice();
  transform(leant, size, shearX(1), scratch);
  assert.deepEqual([...leant], [0, 1, 2, 4, 5, 6, 8, 9, 0]);
  const slid = image.slice();
  transform(slid, size, shearY(1), scratch);
  assert.deepEqual([...slid], [0, 2, 6, 1, 5, 9, 4, 8, 0]);
});

Deno.test("colors: brightness, contrast, saturation, sharpness", () => {
  const size = { height: 1, width: 2, channels: 3 } as const;
  const make = () => Uint8Array.of(100, 200, 0, 50, 50, 50);
  const bright = make();
  colors.changeBrightness(bright, 1.5);
  assert.deepEqual([...bright], [150, 255, 0, 75, 75, 75]);
  const gray = make();
  colors.changeSaturation(gray, size, 0);
  assert.deepEqual([...gray], [147, 147, 147, 50, 50, 50]);
  const flat = make();
  colors.changeContrast(flat, size, 0);
  assert.deepEqual([...new Set(flat)], [99]); // (147.3 + 50) / 2
  const point = Uint8Array.of(0, 0, 0, 0, 130, 0, 0, 0, 0);
  const square = { height: 3, width: 3, channels: 1 } as const;
  colors.changeSharpness(point, square, 0, new Uint8Array(9));
  assert.deepEqual([...point], [0, 0, 0, 0, 50, 0, 0, 0, 0]); // 130 · 5 / 13
});

Deno.test("values: posterized, solarized, stretched, equalized", () => {
  const size = { height: 1, width: 4, channels: 1 } as const;
  const posterized = Uint8Array.of(255, 129, 64, 7);
  colors.posterize(posterized, 2);
  assert.deepEqual([...posterized], [192, 128, 64, 0]);
  const solarized = Uint8Array.of(255, 129, 128, 7);
  colors.solarize(solarized, 128);
  assert.deepEqual([...solarized], [0, 126, 127, 7]);
  const stretched = Uint8Array.of(10, 20, 60, 35);
  colors.stretchContrast(stretched, size);
  assert.deepEqual([...stretched], [0, 51, 255, 127]);
  // As many of each value: the levels are spread evenly.
  const large = { height: 2, width: 512, channels: 1 } as const;
  const equalized = Uint8Array.from({ length: 1024 }, (_, at) => 100 + (at & 3));
  colors.equalize(equalized, large);
  assert.deepEqual([...equalized.subarray(0, 4)], [0, 85, 171, 255]);
});

Deno.test("RandAugment is the same for the same random numbers, and does something", () => {
  const size = sizes[2];
  const pixels = randomPixels(imageBytes(size));
  const randAugment = new RandAugment(size, { operations: 2, magnitude: 15 });
  const changed = new Set<string>();
  for (let stream = 0; stream < 100; stream++) {
    const [one, two] = [pixels.slice(), pixels.slice()];
    randAugment.apply(one, new Random(1, stream));
    randAugment.apply(two, new Random(1, stream));
    assert.deepEqual(one, two);
    changed.add(one.join());
  }
  assert.ok(changed.size > 50, `${changed.size} kinds of images`);
  assert.throws(() => new RandAugment(size, { operations: 0, magnitude: 9 }), RangeError);
});

Deno.test("Mixup mixes images and wanted probabilities alike", () => {
  const images = Float32Array.of(1, 2, 10, 20, 100, 200);
  const wanted = new Float32Array(6);
  writeSoftLabels(Uint8Array.of(0, 1, 1), 0, wanted);
  mixup(images, wanted, 3, 0.5, new Random(0));
  const share = wanted[0];
  assert.ok(share > 0 && share < 1);
  const close = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-4, `${actual} ${expected}`);
  close(images[0], share * 1 + (1 - share) * 100);
  close(images[5], share * 200 + (1 - share) * 2);
  assert.deepEqual([...images.subarray(2, 4)], [10, 20]);
  close(wanted[1], 1 - share);
  assert.deepEqual([...wanted.subarray(2, 4)], [0, 1]);
});

Deno.test("CutMix gives as much of the other class as of the other image", () => {
  const size = { height: 8, width: 6, channels: 3 } as const;
  const length = imageBytes(size);
  for (let seed = 0; seed < 20; seed++) {
    const images = new Float32Array(2 * length).fill(1, length);
    const wanted = new Float32Array(4);
    writeSoftLabels(Uint8Array.of(0, 1), 0, wanted);
    cutmix(images, wanted, 2, size, 1, new Random(seed));
    const foreign = images.subarray(0, length).reduce((sum, value) => sum + value, 0) / length;
    assert.ok(Math.abs(wanted[1] - foreign) < 1e-6, `${wanted[1]} ${foreign}`);
    assert.ok(Math.abs(wanted[3] - (1 - foreign)) < 1e-6);
  }
});

Deno.test("random shares have the mean and the deviation of their distribution", () => {
  for (const alpha of [0.2, 1, 3]) {
    const random = new Random(5);
    const shares = Array.from({ length: 4000 }, () => sampleBeta(alpha, random));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, `${alpha}: ${mean}`);
    assert.ok(Math.abs(variance * (8 * alpha + 4) - 1) < 0.06, `${alpha}: ${variance}`);
  }
});

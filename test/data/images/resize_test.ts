import assert from "node:assert/strict";
import { resizedSquare, withChannels } from "../../../src/data/images/resize.ts";
import { randomPixels } from "./tiny_images.ts";

/** The same filter by its definition, over the whole image for each pixel. */
function reference(
  { height, width, pixels }: { height: number; width: number; pixels: Uint8Array },
  side: number,
): number[] {
  const scale = Math.min(height, width) / side;
  const radius = Math.max(1, scale);
  const weight = (length: number, place: number, at: number) => {
    const center = (length - side * scale) / 2 + (place + 0.5) * scale;
    return Math.max(0, 1 - Math.abs(at + 0.5 - center) / radius);
  };
  const out: number[] = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let [sum, total] = [0, 0];
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const w = weight(height, y, row) * weight(width, x, column);
          sum += w * pixels[row * width + column];
          total += w;
        }
      }
      out.push(sum / total);
    }
  }
  return out;
}

for (
  const [height, width, side] of [[7, 7, 7], [8, 8, 4], [9, 13, 4], [13, 9, 5], [3, 5, 8], [
    1,
    4,
    3,
  ]]
) {
  Deno.test(`${height}×${width} becomes ${side}×${side} as the definition says`, () => {
    const pixels = randomPixels(height * width);
    const image = { height, width, channels: 1, pixels } as const;
    const expected = reference(image, side);
    const { pixels: actual } = resizedSquare(image, side);
    expected.forEach((value, at) => assert.ok(Math.abs(actual[at] - value) < 0.51, `${at}`));
  });
}

Deno.test("channels are resized on their own, and an even color stays", () => {
  const colors = [10, 128, 255];
  const pixels = Uint8Array.from({ length: 9 * 7 * 3 }, (_, at) => colors[at % 3]);
  const { pixels: actual } = resizedSquare({ height: 9, width: 7, channels: 3, pixels }, 5);
  assert.deepEqual([...actual], Array.from({ length: 75 }, (_, at) => colors[at % 3]));
});

Deno.test("colors become gray by their luma, and gray becomes color", () => {
  const pixels = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 7, 7, 7);
  const gray = withChannels({ height: 2, width: 2, channels: 3, pixels }, 1);
  assert.deepEqual([...gray.pixels], [76, 150, 29, 7]);
  assert.deepEqual([...withChannels(gray, 3).pixels.subarray(0, 6)], [76, 76, 76, 150, 150, 150]);
  assert.equal(withChannels(gray, 1), gray);
});

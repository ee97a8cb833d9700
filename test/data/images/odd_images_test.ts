/**
 * Pictures of every kind, decoded as Pillow 12.3 decodes them: `test/golden/odd_images.json`. One color that is
 * transparent is compared with what the PNG specification says, which Pillow does not do below 8 bits.
 */
import assert from "node:assert/strict";
import { decodeImage } from "../../../src/data/images/decode_image.ts";

interface OddImage {
  readonly name: string;
  readonly file: string;
  readonly size: readonly [width: number, height: number];
  readonly pixels: string;
  /** How far a value may be off; 0 where nothing is said. */
  readonly tolerance?: number;
}

const images: readonly OddImage[] = JSON.parse(
  await Deno.readTextFile(new URL("../../golden/odd_images.json", import.meta.url)),
);

for (const { name, file, size, pixels, tolerance = 0 } of images) {
  Deno.test(`decoded as it should be: ${name}`, async () => {
    const image = await decodeImage(Uint8Array.fromBase64(file));
    const expected = Uint8Array.fromBase64(pixels);
    assert.deepEqual([image.width, image.height], size);
    assert.equal(image.pixels.length, expected.length);
    const distance = image.pixels.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i])),
      0,
    );
    assert.ok(distance <= tolerance, `a value is off by ${distance}`);
  });
}

/** A PNG that states a size, with data that is not of it. */
function stated(width: number, height: number, depth: number): Uint8Array<ArrayBuffer> {
  const [first] = images.filter(({ name }) => name === `color 2, ${depth} bits`);
  const file = Uint8Array.fromBase64(first.file);
  const view = new DataView(file.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  // The checksum of the header, as a program that lies would write it.
  let crc = -1;
  for (const byte of file.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ crc >>> 1 : crc >>> 1;
  }
  view.setUint32(29, (crc ^ -1) >>> 0);
  return file;
}

Deno.test("a size that a file cannot have is refused before there is memory for it", async () => {
  const before = Deno.memoryUsage().rss;
  for (
    const [width, height] of [[100_000_000, 1], [9000, 9000], [8000, 8000], [5000, 5000], [0, 5]]
  ) {
    await assert.rejects(decodeImage(stated(width, height, 16)), /it is damaged/);
  }
  const jpeg = Uint8Array.fromBase64(images.find(({ name }) => name === "progressive JPEG")!.file);
  for (let at = 0; at < jpeg.length; at++) {
    if (jpeg[at] !== 0xff || jpeg[at + 1] !== 0xc2) continue;
    new DataView(jpeg.buffer).setUint16(at + 5, 7000);
    new DataView(jpeg.buffer).setUint16(at + 7, 7000);
  }
  await assert.rejects(decodeImage(jpeg), /it is damaged \(it ends too early\)/);
  const gif = Uint8Array.fromBase64(images.find(({ name }) => name === "GIF")!.file);
  new DataView(gif.buffer).setUint16(6, 60_000, true);
  new DataView(gif.buffer).setUint16(8, 60_000, true);
  await assert.rejects(decodeImage(gif), /its header says 60000×60000 pixels/);
  assert.ok(Deno.memoryUsage().rss - before < 100e6);
});

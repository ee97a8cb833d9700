/**
 * Images that the smallest model learns, for tests of the program.
 *
 * @module
 */
import { join } from "node:path";
import { Random } from "../../src/random.ts";
import { pngAddress, rasterOf } from "../../src/figures/images/raster.ts";
import { idxFile } from "../data/images/tiny_images.ts";
import type { Workplace } from "./program.ts";

/** 8×8 images whose class is the quarter that is bright; the classes follow one another in turn. */
function quarters(
  count: number,
  classes: number,
  random: Random,
): { pixels: Uint8Array<ArrayBuffer>; labels: Uint8Array<ArrayBuffer> } {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes);
  const pixels = Uint8Array.from({ length: 64 * count }, (_, at) => {
    const [row, column] = [(at >> 3) & 7, at & 7];
    const quarter = 2 * Number(row > 3) + Number(column > 3);
    return random.integer(60) + (quarter === labels[at >> 6] ? 150 : 0);
  });
  return { pixels, labels };
}

/** Writes images as PNG files in class folders. */
export async function writeImageFiles(place: Workplace, folder: string): Promise<void> {
  const [count, classes] = [120, 4];
  const { pixels, labels } = quarters(count, classes, new Random(1));
  for (const [index, label] of labels.entries()) {
    const path = place.path(folder, `quarter ${label}`);
    await Deno.mkdir(path, { recursive: true });
    const gray = pixels.subarray(64 * index, 64 * (index + 1));
    const image = rasterOf(gray, 8, (value) => [value, value, 255 - value]);
    const [, base64] = (await pngAddress(image)).split(",");
    await Deno.writeFile(join(path, `${index}.png`), Uint8Array.fromBase64(base64));
  }
}

/** Writes images as IDX files in a folder. */
export async function writeImages(place: Workplace, folder: string, classes = 4): Promise<void> {
  await Deno.mkdir(place.path(folder), { recursive: true });
  const random = new Random(1);
  for (const [part, count] of [["train", 120], ["t10k", 40]] as const) {
    const { pixels, labels } = quarters(count, classes, random);
    const files = { images: idxFile([count, 8, 8], pixels), labels: idxFile([count], labels) };
    await Deno.writeFile(place.path(folder, `${part}-images-idx3-ubyte`), files.images);
    await Deno.writeFile(place.path(folder, `${part}-labels-idx1-ubyte`), files.labels);
  }
}

/**
 * Images that the smallest model learns, for tests of the program.
 *
 * @module
 */
import { Random } from "../../src/data/random.ts";
import { idxFile } from "../data/images/tiny_images.ts";
import type { Workplace } from "./program.ts";

/** Writes 8×8 images whose class is the quarter that is bright, as IDX files in a folder. */
export async function writeImages(place: Workplace, folder: string, classes = 4): Promise<void> {
  await Deno.mkdir(place.path(folder), { recursive: true });
  const random = new Random(1);
  for (const [part, count] of [["train", 120], ["t10k", 40]] as const) {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % classes);
    const pixels = Uint8Array.from({ length: 64 * count }, (_, at) => {
      const [row, column] = [(at >> 3) & 7, at & 7];
      const quarter = 2 * Number(row > 3) + Number(column > 3);
      return random.integer(60) + (quarter === labels[at >> 6] ? 150 : 0);
    });
    const files = { images: idxFile([count, 8, 8], pixels), labels: idxFile([count], labels) };
    await Deno.writeFile(place.path(folder, `${part}-images-idx3-ubyte`), files.images);
    await Deno.writeFile(place.path(folder, `${part}-labels-idx1-ubyte`), files.labels);
  }
}

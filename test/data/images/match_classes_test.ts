import assert from "node:assert/strict";
import { matchClasses } from "../../../src/data/images/match_classes.ts";
import type { ImageDataset } from "../../../src/data/images/image_split.ts";
import { MemorySplit } from "../../../src/data/images/memory_split.ts";

function dataset(classes: readonly string[]): ImageDataset {
  const size = { height: 1, width: 1, channels: 1 } as const;
  const labels = Uint8Array.from(classes, (_, i) => i);
  const split = new MemorySplit(size, Uint8Array.from(classes, (_, i) => 10 * i), labels);
  const facts = { name: "data", canonicalName: "data", source: "data", license: "", sha256: "" };
  return { ...facts, classes, train: split, test: split, mean: [0], std: [1], skipped: [] };
}

async function labelsAndPixels(classes: readonly string[], labels: readonly string[]) {
  const { test, classes: named } = matchClasses(dataset(classes), labels, "evaluate m on");
  const pixels = new Uint8Array(test.count);
  await test.read(Int32Array.from(pixels, (_, i) => i), pixels);
  assert.deepEqual(named, labels);
  return { labels: [...test.labels], pixels: [...pixels] };
}

Deno.test("classes are joined by their names, whatever their order", async () => {
  const joined = async (classes: string[], labels: string[]) =>
    (await labelsAndPixels(classes, labels)).labels;
  assert.deepEqual(await joined(["dark", "light"], ["dark", "light"]), [0, 1]);
  assert.deepEqual(await joined(["dark", "light"], ["light", "dark"]), [1, 0]);
  assert.deepEqual(await joined(["Golden_Retriever", "cat"], ["cat", "golden retriever"]), [1, 0]);
  // Data need not have every class.
  assert.deepEqual(await joined(["cat"], ["dog", "cat", "bird"]), [1]);
  // Names that nobody has given are taken in their order, as are those that differ in case alone.
  assert.deepEqual(await joined(["dark", "light"], ["LABEL_0", "LABEL_1"]), [0, 1]);
  assert.deepEqual(await joined(["0", "1"], ["zero", "one"]), [0, 1]);
  assert.deepEqual(await joined(["a", "A"], ["A", "a"]), [1, 0]);
  const { pixels } = await labelsAndPixels(["dark", "light"], ["light", "dark"]);
  assert.deepEqual(pixels, [0, 10]);
});

Deno.test("other classes are refused by name", () => {
  const refused = (classes: string[], labels: string[], message: RegExp) =>
    assert.throws(() => matchClasses(dataset(classes), labels, "evaluate m on"), {
      name: "InputError",
      message,
    });
  refused(
    ["alight", "zdark"],
    ["dark", "light"],
    /its class alight is none of the model's, which are dark, light/,
  );
  refused(["dark", "light", "gray"], ["dark", "light"], /its class gray/);
  refused(["a", "b", "c"], ["LABEL_0", "LABEL_1"], /its model has 2 classes, the data 3/);
  refused(["a", "A"], ["a", "b"], /none of the model's/);
});

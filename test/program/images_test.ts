/**
 * Image data sets from the outside: what `info` says of them, and what is wrong with some.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertFails, programTest, resultOf, root, type Workplace } from "./program.ts";

const colour = join(root, "test/golden/images/colour.png");

/** A folder with three images of each of two classes. */
async function photos(place: Workplace): Promise<void> {
  for (const name of ["cat", "dog"]) {
    await Deno.mkdir(place.path("photos", name), { recursive: true });
    for (const number of [1, 2, 3]) {
      await Deno.copyFile(colour, place.path("photos", name, `${number}.png`));
    }
  }
}

programTest("info describes a folder of photos, and tells what it leaves out", async (place) => {
  await photos(place);
  await Deno.writeTextFile(place.path("photos", "cat", "half.png"), "…");
  const ended = await place.run(["info", "--data", "folder:photos", "--json"]);
  const { name, images_in_train, images_in_test, channels, height, class_names, images_left_out } =
    resultOf(ended);
  assert.equal(name, `folder:${place.path("photos")}`);
  // Of each class one is held out; of the cats it is the one that does not decode.
  assert.deepEqual([images_in_train, images_in_test, channels, height], [5, 1, 3, 5]);
  assert.deepEqual([class_names, images_left_out], ["cat, dog", 1]);
  assert.match(ended.stderr, /1 image was left out of .*: cat\/half.png \(it is no image, PNG and/);

  await Deno.mkdir(place.path("photos", "empty"));
  const { code, stdout, stderr } = await place.run(["info", "--data", "folder:photos"]);
  assertFails({ code, stdout, stderr }, 2, /empty: the class folder .* has no image in it/);
  assertFails(await place.run(["info", "--data", "folder:text.txt"]), 2, /Cannot read .*text\.txt/);
});

programTest("prep decodes images once, for image models only", async (place) => {
  await photos(place);
  const prepare = (...more: string[]) => place.run(["prep", "--data", "folder:photos", ...more]);
  const facts = resultOf(await prepare("--image-size", "4", "--json", "--quiet"));
  assert.deepEqual([facts.images_in_train, facts.images_in_test, facts.height], [4, 2, 4]);
  const before = await place.files("cache");
  const stored = [...before.keys()].filter((name) => before.get(name) !== undefined);
  assert.ok(stored.length > 0);
  const again = await place.run([
    "prep",
    "--data",
    "photos",
    "--model",
    "vit",
    "--image-size",
    "4",
  ]);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /\nimages in train +4\n/);
  assert.deepEqual([...(await place.files("cache")).keys()], [...before.keys()]);

  assertFails(await prepare("--lower-case"), 2, /--lower-case with a model of kind vit/);
  assertFails(await prepare("--model", "text"), 2, /folder:photos as text: it is images, for --m/);
  const train = ["train", "--data", "mnist", "--quiet"];
  assertFails(await place.run(train), 2, /mnist as text: it is images, for --model vit/);
});

programTest("info lists the image data sets", async (place) => {
  const { stdout } = await place.run(["info", "--data"]);
  for (const name of ["mnist", "fashion-mnist", "cifar10", "folder:PATH"]) {
    assert.ok(stdout.includes(`\n${name} `), stdout);
  }
});

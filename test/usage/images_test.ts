/**
 * Image data sets from the outside: what `info` says of them, and what is wrong with some.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertStandsAlone, textsOf } from "../figures/svg.ts";
import { assertFails, devices, programTest, resultOf, root, type Workplace } from "./program.ts";
import { writeImages } from "./quarter_images.ts";

const color = join(root, "test/golden/images/color.png");

/** A folder with three images of each of two classes. */
async function photos(place: Workplace): Promise<void> {
  for (const name of ["cat", "dog"]) {
    await Deno.mkdir(place.path("photos", name), { recursive: true });
    for (const number of [1, 2, 3]) {
      await Deno.copyFile(color, place.path("photos", name, `${number}.png`));
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
  assert.match(
    ended.stderr,
    /1 image was left out of .*: cat\/half.png \(it is no image, PNG, JPEG, WebP and/,
  );

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

const PICTURES = ["attention", "misclassified", "patch-filters", "position-similarity"];

programTest("reports of image models show where they look, at each width", async (place) => {
  await writeImages(place, "quarters");
  const model = ["--model", "vit", "--layers", "1", "--dim", "16", "--heads", "2", "--batch", "8"];
  const data = ["--data", "folder:quarters", "--device", "cpu", "--steps", "2"];
  const sweep = ["sweep", ...model, ...data, "--bits", "1.58,32", "--out", "out", "--quiet"];
  const { code, stderr } = await place.run(sweep);
  assert.equal(code, 0, stderr);
  const figures = new Set((await place.files("out/figures")).keys());
  for (const name of [...PICTURES, "across-widths"]) {
    assert.ok(figures.has(`${name}.svg`) && figures.has(`${name}.png`), name);
  }
  const across = await Deno.readTextFile(place.path("out/figures/across-widths.svg"));
  assertStandsAlone(across);
  const texts = textsOf(across);
  assert.ok(
    ["Image", "float", "1.58 bits"].every((heading) => texts.includes(heading)),
    `${texts}`,
  );
  const report = await Deno.readTextFile(place.path("out/report.html"));
  assert.ok(report.includes("The same images at each width"));

  const run = "out/runs/bits-1.58_seed-0";
  const pictures: Map<string, Uint8Array | undefined>[] = [];
  for (const device of devices) {
    const figures = ["figures", "--run", run, "--json", "--device", device, "--threads", "1"];
    const { files } = resultOf(await place.run(figures));
    const drawn = (files as string[]).map((file) => file.slice(`${run}/figures/`.length));
    for (const name of PICTURES) assert.ok(drawn.includes(`${name}.svg`), drawn.join());
    pictures.push(await place.files(run, "figures"));
  }
  for (const names of pictures.map((files) => [...files.keys()].sort())) {
    assert.deepEqual(names, [...pictures[0].keys()].sort());
  }
  assertFails(await place.run(["figures", "--run", run, "--threads", "0"]), 2, /--threads 0/);

  // With other images, the models are not shown, but everything else is drawn.
  await writeImages(place, "quarters", 2);
  await Deno.remove(place.path("out/report.html"));
  assertFails(await place.run(["figures", "--sweep", "out"]), 1, /quarters has changed since/);
  assert.ok(await Deno.stat(place.path("out/report.html")));
});

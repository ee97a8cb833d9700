import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageOptions } from "../../../src/data/images/image_options.ts";
import type { ImageSplit } from "../../../src/data/images/image_split.ts";
import { openImages } from "../../../src/data/images/open_images.ts";
import { messageOf } from "../hub/test_hub.ts";
import { idxFile } from "./tiny_images.ts";

const golden = (name: string) =>
  Deno.readFileSync(new URL(`../../golden/images/${name}`, import.meta.url));
const color = golden("color.png");
const photo = golden("color.jpg");
const gray = golden("gray.png");

/** A folder of files, and one for the cache, that are gone afterwards. */
async function withFolder(
  files: Readonly<Record<string, Uint8Array>>,
  test: (folder: string, options: ImageOptions, notices: string[]) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const folder = join(root, "photos");
    await Deno.mkdir(folder);
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeFile(join(folder, name), bytes);
    }
    const notices: string[] = [];
    const options = {
      cacheDir: join(root, "cache"),
      onNotice: (line: string) => notices.push(line),
    };
    await test(folder, options, notices);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function pixelsOf(split: ImageSplit): Promise<number[]> {
  const out = new Uint8Array(split.count * split.height * split.width * split.channels);
  await split.read(Int32Array.from({ length: split.count }, (_, index) => index), out);
  return [...out];
}

const numbered = (prefix: string, count: number, bytes: Uint8Array) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}.png`, bytes]));

Deno.test("class folders without a test: a tenth of each class is held out, by the seed", () =>
  withFolder({ ...numbered("cat/", 20, color), ...numbered("dog/sub/", 10, photo) }, async (
    folder,
    options,
    notices,
  ) => {
    const { train, test, classes, canonicalName, mean, skipped } = await openImages(
      folder,
      options,
    );
    assert.deepEqual(classes, ["cat", "dog"]);
    assert.equal(canonicalName, `folder:${folder}`);
    assert.deepEqual([train.count, test.count], [27, 3]);
    assert.deepEqual([...test.labels], [0, 0, 1]);
    assert.deepEqual([...new Set(train.labels)], [0, 1]);
    // The images are 6 wide and 5 high.
    assert.deepEqual([train.height, train.width, train.channels, mean.length], [5, 5, 3, 3]);
    assert.deepEqual(skipped, []);
    assert.deepEqual(notices, [
      `30 images are of another size among 30 in ${folder}, made 5×5; another image size can be asked for`,
    ]);
    const again = await openImages(`folder:${folder}`, options);
    assert.deepEqual(await pixelsOf(again.train), await pixelsOf(train));
    assert.equal(again.sha256.length, 64);
    // A file that was only touched is decoded anew, and found to be the same.
    await Deno.utime(join(folder, "cat/0.png"), 1, 1);
    assert.equal((await openImages(folder, options)).sha256, again.sha256);
    // Another size is of the same images; the one they have is found again, whoever asks for it.
    const cached = () => Array.from(Deno.readDirSync(join(options.cacheDir!, "images"))).length;
    assert.equal((await openImages(folder, { ...options, imageSize: 5 })).sha256, again.sha256);
    assert.equal(cached(), 2);
    const large = await openImages(folder, { ...options, imageSize: 7, channels: 1 });
    assert.deepEqual([large.sha256, large.train.height], [again.sha256, 7]);
    assert.equal(cached(), 3);
    // Another seed holds other images out, even if all are alike here.
    await openImages(folder, { ...options, seed: 1 });
    assert.equal(cached(), 4);
  }));

Deno.test("folders of splits, images of a size, and what is decoded once", () =>
  withFolder({
    "train/a/1.png": color,
    "train/b/1.jpg": photo,
    "val/a/1.png": gray,
    "test/b/deep/er/1.JPEG": photo,
    "test/b/.hidden.png": new Uint8Array(),
    "test/b/notes.txt": new Uint8Array(),
  }, async (folder, options, notices) => {
    const sized = { ...options, imageSize: 8 };
    const { train, validation, test } = await openImages(folder, sized);
    assert.deepEqual([train.count, validation?.count, test.count], [2, 1, 1]);
    assert.deepEqual([...train.labels, ...validation!.labels, ...test.labels], [0, 1, 0, 1]);
    assert.deepEqual([train.height, train.width], [8, 8]);
    assert.deepEqual(notices, [
      `1 file is no images by their names in ${folder}: test/b/notes.txt`,
      `1 image is of 4 in ${folder} grayscale, used as color without any`,
    ]);
    const once = await pixelsOf(test);
    // Nothing is decoded again: what decides is the name, the size and the time of the files.
    const path = join(folder, "test/b/deep/er/1.JPEG");
    const { mtime } = await Deno.stat(path);
    await Deno.writeFile(path, new Uint8Array(photo.length));
    await Deno.utime(path, mtime!, mtime!);
    assert.deepEqual(await pixelsOf((await openImages(folder, sized)).test), once);
    // What was damaged is made anew: whatever it is that is not as it was written.
    const [kept] = Array.from(Deno.readDirSync(join(options.cacheDir!, "images")));
    for (const file of ["train.pixels", "train.labels", "card.json"]) {
      const place = join(options.cacheDir!, "images", kept.name, file);
      const before = await Deno.readFile(place);
      const damaged = before.slice();
      damaged[damaged.length >> 1] ^= 1;
      await Deno.writeFile(place, damaged);
      await Deno.writeFile(path, photo);
      await Deno.utime(path, mtime!, mtime!);
      await openImages(folder, sized);
      assert.deepEqual(await Deno.readFile(place), before, file);
    }
    await Deno.writeFile(path, new Uint8Array(photo.length));
    await Deno.utime(path, mtime!, mtime!);
    // And then the file is found to be none any more.
    const [entry] = Array.from(Deno.readDirSync(join(options.cacheDir!, "images")));
    await Deno.truncate(join(options.cacheDir!, "images", entry.name, "test.pixels"), 3);
    assert.match(
      await messageOf(openImages(folder, sized)),
      /^InputError: Cannot use the images to evaluate on of .*: none of 1 can be decoded, test\/b\/deep/,
    );
  }));

Deno.test("an image that does not decode is left out, named and counted, each time", () =>
  withFolder({
    ...numbered("a/", 3, color),
    ...numbered("b/", 3, color),
    "a/broken.jpg": photo.slice(0, -30),
    "b/moving.gif": new TextEncoder().encode("GIF89a…"),
    "b/none.png": new Uint8Array(),
  }, async (folder, options, notices) => {
    for (let time = 0; time < 2; time++) {
      const { train, test, skipped } = await openImages(folder, { ...options, imageSize: 5 });
      assert.equal(train.count + test.count, 9 - 3);
      assert.deepEqual(skipped.map(({ name }) => name).sort(), [
        "a/broken.jpg",
        "b/moving.gif",
        "b/none.png",
      ]);
      const [notice] = notices.splice(0);
      assert.match(notice, /^3 images were left out of .*, not to be decoded: /);
      assert.match(notice, /a\/broken.jpg \(it is damaged \(Premature end/);
      assert.match(notice, /b\/moving.gif \(it is damaged/);
    }
  }));

Deno.test("grayscale images alone stay grayscale; channels are converted if asked", () =>
  withFolder({ ...numbered("a/", 2, gray), ...numbered("b/", 2, golden("gray.jpg")) }, async (
    folder,
    options,
  ) => {
    const { train, mean, std } = await openImages(folder, options);
    assert.deepEqual([train.channels, mean.length, std.length], [1, 1, 1]);
    const colored = await openImages(folder, { ...options, channels: 3 });
    assert.equal(colored.train.channels, 3);
    const pixels = await pixelsOf(colored.train);
    const third = pixels.filter((_, at) => at % 3 === 0);
    assert.deepEqual(third, await pixelsOf(train));
    const sum = third.reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(mean[0] - sum / third.length / 255) < 1e-12);
  }));

Deno.test("pixels that do not fit into memory are read from disk", () =>
  withFolder({ ...numbered("a/", 9, color), ...numbered("b/", 9, gray) }, async (
    folder,
    options,
  ) => {
    const { train: whole } = await openImages(folder, options);
    // Room for about five of the images.
    const { train: part } = await openImages(folder, { ...options, memoryBytes: 6 * 75 });
    const indices = Int32Array.of(3, 0, 15, 3, 7, 1, 9, 10);
    const [expected, actual] = [new Uint8Array(8 * 75), new Uint8Array(8 * 75)];
    await whole.read(indices, expected);
    for (let time = 0; time < 3; time++) {
      await part.read(indices, actual.fill(0));
      assert.deepEqual(actual, expected);
    }
    assert.equal(part.read(Int32Array.of(3, 0), actual.subarray(0, 150)), undefined);
    assert.ok(part.read(Int32Array.of(10), actual.subarray(0, 75)) instanceof Promise);
    assert.throws(() => part.read(Int32Array.of(18), actual.subarray(0, 75)), RangeError);
  }));

Deno.test("IDX files in a folder, compressed or not", async () => {
  const gzip = async (bytes: Uint8Array<ArrayBuffer>) =>
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")))
      .bytes();
  const images = idxFile([2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const labels = idxFile([2], Uint8Array.of(0, 1));
  await withFolder({
    "train-images-idx3-ubyte": images,
    "train-labels-idx1-ubyte.gz": await gzip(labels),
    "t10k-images-idx3-ubyte.gz": await gzip(images),
    "t10k-labels-idx1-ubyte": labels,
  }, async (folder, options) => {
    const { train, test, classes } = await openImages(folder, options);
    assert.deepEqual(await pixelsOf(train), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual([await pixelsOf(test), classes], [await pixelsOf(train), ["0", "1"]]);
    await Deno.writeFile(join(folder, "t10k-images-idx3-ubyte.gz"), images);
    assert.match(await messageOf(openImages(folder)), /it is no whole gzip file/);
  });
});

const cases: [title: string, files: Record<string, Uint8Array>, why: RegExp][] = [
  ["nothing in it", {}, /it has no folder, a folder for each of at least two classes/],
  ["images without classes", { "1.png": color }, /it has no folder/],
  ["one class", { "a/1.png": color, "a/2.png": color }, /it has the one folder a/],
  [
    "an empty class",
    { ...numbered("a/", 2, color), "b/readme.txt": color },
    /photos.b: the class folder of photos has no image in it/,
  ],
  [
    "a class of one",
    { ...numbered("a/", 2, color), "b/1.png": color },
    /class b: it has 1 image/,
  ],
  [
    "a class in the test alone",
    { "train/a/1.png": color, "train/b/1.png": color, "test/c/1.png": color },
    /train has no class c, it has a, b/,
  ],
  [
    "splits beside classes",
    { "train/a/1.png": color, "dog/1.png": color },
    /folders of splits \(train\) beside class folders \(dog\)/,
  ],
  [
    "only images that do not decode",
    { "a/1.png": photo.slice(9), "a/2.png": photo.slice(9), ...numbered("b/", 2, photo.slice(9)) },
    /none of 2 can be decoded, a\/1.png: it is no image/,
  ],
];
for (const [title, files, why] of cases) {
  Deno.test(`a folder with ${title} is one clear line`, () =>
    withFolder(files, async (folder, options) => {
      const message = await messageOf(openImages(folder, options));
      assert.match(message, /^InputError: Cannot use [^\n]*$/);
      assert.match(message, why);
    }));
}

Deno.test("a folder that is not there, and one that is none", async () => {
  const here = fileURLToPath(import.meta.url);
  assert.match(await messageOf(openImages("folder:no/such")), /Cannot read .*: no such file/);
  assert.match(await messageOf(openImages(here)), /Cannot read .*: a part of the path is a file/);
});

import assert from "node:assert/strict";
import { hasIdxFiles } from "../../../src/data/images/idx_folder.ts";
import type { ImageOptions } from "../../../src/data/images/image_options.ts";
import { openImages } from "../../../src/data/images/open_images.ts";
import { type Contents, messageOf, TestCache, TestHub } from "../hub/test_hub.ts";

const parquet = (name: string, folder = "images") =>
  Deno.readFileSync(new URL(`../../golden/${folder}/${name}.parquet`, import.meta.url));

const card = (names: string) =>
  `---
license: mit
dataset_info:
  features:
  - {name: image, dtype: image}
  - name: label
    dtype:
      class_label:
        names: ${names}
---
`;
const [train, test, unlabelled] = ["train", "test", "unlabelled"].map((name) => parquet(name));

const repositories: Readonly<Record<string, Contents>> = {
  "owner/named": {
    "README.md": card("{'0': cat, '1': dog}"),
    "data/train-00000-of-00001.parquet": train,
    "data/test-00000-of-00001.parquet": test,
  },
  "owner/listed": {
    "README.md": card("[cat, dog, bird]"),
    "train.parquet": train,
    "validation.parquet": test,
    "test.parquet": unlabelled,
  },
  "uoft-cs/cifar10": {
    "README.md": card("[cat, dog]"),
    "plain_text/train-00000-of-00001.parquet": train,
    "plain_text/test-00000-of-00001.parquet": test,
  },
  "zalando-datasets/fashion_mnist": {
    "README.md": card("[Bag, Coat]"),
    "fashion_mnist/train-00000-of-00001.parquet": train,
    "fashion_mnist/test-00000-of-00001.parquet": test,
  },
  "owner/plain": { "train.parquet": train },
  "owner/three": { "train.parquet": train, "validation.parquet": test, "test.parquet": test },
  "owner/wrong": { "README.md": card("[cat]"), "train.parquet": train },
  "owner/hidden": { "train.parquet": train, "test.parquet": unlabelled },
  "owner/text": { "train.parquet": parquet("text_v1_snappy", "parquet") },
};

async function withHub(
  work: (options: ImageOptions, notices: string[], hub: TestHub) => Promise<void>,
): Promise<void> {
  await using hub = new TestHub(repositories);
  await using cache = await TestCache.create();
  const notices: string[] = [];
  const onNotice = (line: string) => {
    if (!line.startsWith("Downloading ")) notices.push(line);
  };
  const options = { ...cache.options(hub), onNotice };
  const cacheDir = await Deno.makeTempDir();
  try {
    await work({ ...options, cacheDir }, notices, hub);
  } finally {
    await Deno.remove(cacheDir, { recursive: true });
  }
}

Deno.test("hub: images with class names, what does not decode left out by its row", () =>
  withHub(async (options, notices, hub) => {
    const dataset = await openImages("hf:owner/named", options);
    const { classes, license, canonicalName, skipped } = dataset;
    assert.deepEqual([classes, license], [["cat", "dog"], "mit"]);
    assert.equal(canonicalName, `hf:owner/named/default@${hub.commit("owner/named")}`);
    assert.deepEqual([...dataset.train.labels], [0, 1, 1, 0, 1]);
    assert.deepEqual([...dataset.test.labels], [1, 0, 1]);
    assert.deepEqual([dataset.train.height, dataset.train.channels], [8, 3]);
    const image = new Uint8Array(192);
    await dataset.train.read(Int32Array.of(4), image);
    assert.deepEqual([...image.subarray(0, 3)], [50, 100, 250]);
    await dataset.train.read(Int32Array.of(2), image);
    assert.deepEqual([...image.subarray(0, 3)], [50, 50, 50]);
    assert.deepEqual(skipped.map(({ name }) => name), ["2.png in row 2 of train"]);
    assert.equal(notices.length, 2);
    assert.match(notices[0], /^1 image was left out of hf:owner\/named, not to be decoded: 2.png/);
    assert.match(notices[1], /^1 image is of 8 in hf:owner\/named grayscale/);

    // The second time, neither a download nor decoding is needed.
    const before = hub.downloads().length;
    const again = await openImages(canonicalName, options);
    assert.equal(hub.downloads().length, before);
    assert.equal(again.sha256, dataset.sha256);
  }));

Deno.test("hub: a test without labels is not used, the validation split stands in", () =>
  withHub(async (options, notices) => {
    const { classes, test, validation } = await openImages("hf:owner/listed", options);
    assert.deepEqual([classes, test.count, validation], [["cat", "dog", "bird"], 3, undefined]);
    assert.equal(notices[0], "The split test of hf:owner/listed has no labels, it is not used");
    const three = await openImages("hf:owner/three", options);
    assert.deepEqual([three.validation?.count, three.test.count], [3, 3]);
  }));

Deno.test("hub: without a split to be evaluated on, a tenth of the rows is held out by the seed", () =>
  withHub(async (options) => {
    const counts = new Set<string>();
    for (let seed = 0; seed < 40 && !counts.has("4 1"); seed++) {
      try {
        const { train, test, classes } = await openImages("hf:owner/plain", { ...options, seed });
        assert.deepEqual(classes, ["0", "1"]);
        counts.add(`${train.count} ${test.count}`);
      } catch (error) {
        // None of so few rows may be held out.
        assert.match(
          String(error),
          /images to evaluate on of hf:owner\/plain: (there are none|none of 1 can)/,
        );
      }
    }
    assert.ok(counts.has("4 1"), [...counts].join());
  }));

Deno.test("hub: no images, no labels and wrong labels are one clear line", () =>
  withHub(async (options) => {
    const cases: [spec: string, more: ImageOptions, why: RegExp][] = [
      ["hf:owner/wrong", {}, /split train of hf:owner\/wrong: row 1 has the label 1, 0 to 0 are/],
      [
        "hf:owner/text",
        {},
        /column of image bytes.* is needed, it has id \(int64\), text \(string\)/,
      ],
      [
        "hf:owner/named",
        { labelColumn: "kind" },
        /there is no column kind, it has image \(struct\)/,
      ],
      ["hf:owner/none", {}, /owner\/none/],
    ];
    for (const [spec, more, why] of cases) {
      const message = await messageOf(openImages(spec, { ...options, ...more }));
      assert.match(message, /^InputError: Cannot [^\n]*$/);
      assert.match(message, why);
    }
    const labelled = await openImages("hf:owner/named", { ...options, labelColumn: "label" });
    assert.equal(labelled.classes.length, 2);
  }));

Deno.test("hub: cifar10 is there by its name, and by the one that means this commit", () =>
  withHub(async (options, _, hub) => {
    const { name, canonicalName, classes, sha256 } = await openImages("cifar10", options);
    assert.deepEqual([name, classes], ["cifar10", ["cat", "dog"]]);
    assert.ok(canonicalName.endsWith(`@${hub.commit("uoft-cs/cifar10")}`));
    assert.equal((await openImages(canonicalName, options)).sha256, sha256);
  }));

Deno.test({
  name: "hub: fashion-mnist comes from there where the system's package is not installed",
  ignore: await hasIdxFiles("/usr/share/datasets/fashion-mnist"),
  fn: () =>
    withHub(async (options) => {
      const { name, classes } = await openImages("fashion-mnist", options);
      assert.deepEqual([name, classes], ["fashion-mnist", ["Bag", "Coat"]]);
    }),
});

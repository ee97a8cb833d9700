import assert from "node:assert/strict";
import { type DatasetCard, parseCard } from "../../../src/data/hub/card.ts";
import { chooseConfiguration, configurationsOf } from "../../../src/data/hub/configurations.ts";
import { messageOf } from "./test_hub.ts";

const notices: string[] = [];
const access = { name: "hf:a/b", notice: (line: string) => notices.push(line) };
const card = (yaml: string) => parseCard(`---\n${yaml}\n---\n# Text\n`, access);

/** Configurations as `name: split = paths; …`, the default ones with a star. */
const described = (paths: readonly string[], card: DatasetCard) =>
  configurationsOf(
    paths.map((path) => ({ path, bytes: 1, gitId: path, sha256: undefined })),
    card,
  ).map(({ name, isDefault, splits }) =>
    `${name}${isDefault ? "*" : ""}: ` +
    splits.map(({ name, files }) => `${name} = ${files.map(({ path }) => path).join(" ")}`)
      .join("; ")
  );

const none = await card("a: 1");

Deno.test("a card names licences, rows and configurations in every form the hub knows", async () => {
  const paths = ["README.md", "a/train.csv", "a/x.csv", "b/1.jsonl", "b/2.jsonl", "c.txt", "d.tar"];
  const found = await card(`
license: mit
dataset_info:
  config_name: a
  splits: [{name: train, num_examples: 7}]
configs:
- {config_name: string, data_files: "b/*.jsonl"}
- {config_name: list, data_files: [b/1.jsonl, "./b/2.jsonl"]}
- {config_name: map, data_files: {test: "b/1*", train: ["b/2*"]}}
- {config_name: splits, default: true, data_files: [{split: test, path: "**/1.*"}, {split: en, path: c.txt}]}
- {config_name: folder, data_dir: /a}
- {config_name: inside, data_dir: b, data_files: "[12].jsonl"}
- {config_name: unreadable, data_files: d.tar}
- {config_name: absent, data_files: "nothing/*"}
`);
  assert.equal(found.license, "mit");
  assert.equal(found.rows.get("a")?.get("train"), 7);
  assert.deepEqual(described(paths, found), [
    "string: train = b/1.jsonl b/2.jsonl",
    "list: train = b/1.jsonl b/2.jsonl",
    "map: train = b/2.jsonl; test = b/1.jsonl",
    "splits*: test = b/1.jsonl; en = c.txt",
    "folder: train = a/train.csv",
    "inside: train = b/1.jsonl b/2.jsonl",
  ]);
});

Deno.test("without configurations the most frequent kind of data file counts", () => {
  const about = ["README.md", "LICENSE.txt", "requirements.txt", "notes.md", ".x/y.txt"];
  assert.deepEqual(described([...about, "x.csv"], none), ["default*: train = x.csv"]);
  assert.deepEqual(described(["a.txt", "x.parquet"], none), ["default*: train = x.parquet"]);
  assert.deepEqual(described(["a.txt", "b.txt", "x.csv"], none), ["default*: train = a.txt b.txt"]);
  assert.deepEqual(described(about, none), []);
});

Deno.test("a card that is none is passed over, and a broken one reported", async () => {
  assert.equal(none.license, "not stated");
  assert.deepEqual(await parseCard("# No card", access), { ...none, license: "not stated" });
  notices.length = 0;
  assert.deepEqual(await card("a: [b\nc: }"), none);
  assert.match(notices.join(), /^The card of hf:a\/b is not YAML \([^\n]*\); its files are taken/);
  for (const odd of ["just text", "- 1\n- 2", "configs: 3\ndataset_info: x\nlicense: {a: 1}"]) {
    assert.deepEqual(described(["x.csv"], await card(odd)).length, 1, odd);
  }
});

Deno.test("the default configuration is the one that says so, is called so, or is the only one", async () => {
  const choose = (asked: string | undefined, ...names: string[]) =>
    chooseConfiguration(
      names.map((name) => ({ name, isDefault: name === "default", splits: [] })),
      asked,
      "hf:a/b",
    ).name;
  assert.equal(choose(undefined, "x"), "x");
  assert.equal(choose(undefined, "x", "default"), "default");
  assert.equal(choose("x", "x", "default"), "x");
  const many = Array.from({ length: 40 }, (_, at) => `c${at}`);
  assert.match(
    await messageOf(Promise.resolve().then(() => choose(undefined, ...many))),
    /name one as hf:a\/b\/c0; it has c0, c1, .*, c29 and 10 more$/,
  );
});

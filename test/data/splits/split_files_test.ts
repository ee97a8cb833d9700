import assert from "node:assert/strict";
import { splitFiles } from "../../../src/data/splits/split_files.ts";
import { planSplits } from "../../../src/data/splits/split_plan.ts";

const splits = (...paths: string[]) =>
  splitFiles(paths.map((path) => ({ path }))).map(({ name, files }) =>
    `${name}: ${files.map(({ path }) => path).join(" ")}`
  );

Deno.test("names of files and folders tell the splits, as in Hugging Face's datasets", () => {
  assert.deepEqual(splits("b.csv", "a.csv"), ["train: a.csv b.csv"]);
  assert.deepEqual(splits("test.csv", "train.csv", "notes.csv"), [
    "train: train.csv",
    "test: test.csv",
  ]);
  assert.deepEqual(splits("my-dev_set.csv", "training 1.csv", "contest.csv", "retrained.csv"), [
    "train: training 1.csv",
    "validation: my-dev_set.csv",
  ]);
  assert.deepEqual(splits("x/test/a.csv", "x/valid.1/train.csv"), [
    "validation: x/valid.1/train.csv",
    "test: x/test/a.csv",
  ]);
  assert.deepEqual(
    splits("data/odd-00001-of-00002.csv", "data/odd-00000-of-00002-ab.csv", "test.csv"),
    ["odd: data/odd-00000-of-00002-ab.csv data/odd-00001-of-00002.csv"],
  );
  assert.deepEqual(splits(), []);
});

Deno.test("splits are used as they are, and one is divided where some are missing", () => {
  const plan = (...names: string[]) => {
    const { train, validation, test, notice } = planSplits(names, "x");
    return [train, validation, test, notice === undefined];
  };
  assert.deepEqual(plan("train", "validation", "test"), ["train", "validation", "test", true]);
  assert.deepEqual(plan("train", "test"), ["train", undefined, "test", true]);
  assert.deepEqual(plan("train"), ["train", undefined, undefined, true]);
  assert.deepEqual(plan("all"), ["all", undefined, undefined, true]);
  assert.deepEqual(plan("test_sft", "train_sft"), ["train_sft", undefined, "test_sft", true]);
  assert.deepEqual(plan("validation", "test"), ["validation", undefined, "test", false]);
  assert.deepEqual(plan("test", "en"), ["en", undefined, "test", false]);
  assert.deepEqual(plan("test"), ["test", undefined, undefined, false]);
  assert.equal(
    planSplits(["validation", "test"], "x").notice,
    "x has no split to train on, only validation and test: validation is divided, most of it to " +
      "train on and the rest to validate on",
  );
});

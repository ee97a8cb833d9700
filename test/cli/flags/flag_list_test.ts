import assert from "node:assert/strict";
import { join } from "node:path";
import { parseFlags } from "../../../src/cli/flags/arguments.ts";
import { flagsOf } from "../../../src/cli/flags/commands.ts";
import { InputError } from "../../../src/errors.ts";
import { withFolder } from "../../train/tiny_run.ts";

Deno.test("every flag of train takes a list in a sweep, and keeps its default", async () => {
  const flags = await parseFlags("sweep", [
    ...["--bits", "1, 1.58,32", "--seed=0,1,0", "--tie-embeddings=true,false"],
    ...["--device", "cpu", "--lr", "1e-3,.002", "--jobs", "2"],
  ]);
  assert.deepEqual(flags.bits, [1, 1.58, 32]);
  assert.deepEqual(flags.seed, [0, 1]);
  assert.deepEqual(flags.lr, [0.001, 0.002]);
  assert.deepEqual(flags.tieEmbeddings, [true, false]);
  assert.deepEqual(flags.device, ["cpu"]);
  assert.deepEqual(flags.dim, [128]);
  assert.deepEqual(flags.keep, [1]);
  assert.equal(flags.jobs, 2);
  assert.equal(flags.scheme, undefined);
  assert.deepEqual((await parseFlags("sweep", ["--tie-embeddings"])).tieEmbeddings, [true]);
});

Deno.test("no flag of train is missing in a sweep", () => {
  const { out, resume, config, json, quiet, ...swept } = flagsOf("train");
  for (const key of Object.keys(swept)) assert.equal(flagsOf("sweep")[key]?.listed, true, key);
  for (const flag of [out, resume, config, json, quiet]) assert.ok(flag && !flag.listed);
});

Deno.test("what is wrong in a list is named alone", async () => {
  const wrong: [string[], RegExp][] = [
    [["--steps", "5,x"], /^Cannot use x in --steps 5,x: not a number, expected an integer of/],
    [["--steps", "5,"], /^Cannot use "" in --steps 5,: not a number/],
    [["--schedule", "cosine,linaer"], /linaer in .* did you mean linear\?/],
    [["--jobs", "1,2"], /--jobs 1,2: not a number/],
    [["--resume"], /--resume: it is a flag of train, not of sweep/],
  ];
  for (const [args, why] of wrong) {
    await assert.rejects(parseFlags("sweep", args), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, why);
      return true;
    });
  }
});

Deno.test("a comma in a path is written with a backslash, or the path exists", () =>
  withFolder(async (folder) => {
    const data = async (value: string) => (await parseFlags("sweep", ["--data", value])).data;
    assert.deepEqual(await data("a.txt,b\\,c.txt"), ["a.txt", "b,c.txt"]);
    const path = join(folder, "x,y.txt");
    assert.deepEqual(await data(path), path.split(","));
    await Deno.writeTextFile(path, "");
    assert.deepEqual(await data(path), [path]);
  }));

Deno.test("a config file has lists as arrays or as text", () =>
  withFolder(async (folder) => {
    const path = join(folder, "sweep.json");
    await Deno.writeTextFile(path, '{"bits": [1, 32], "seed": "3,4", "lr": 0.1, "jobs": 3}');
    const flags = await parseFlags("sweep", ["--config", path, "--lr", "0.2,0.3"]);
    assert.deepEqual([flags.bits, flags.seed, flags.lr, flags.jobs], [
      ...[[1, 32], [3, 4], [0.2, 0.3], 3],
    ]);
    await Deno.writeTextFile(path, '{"bits": []}');
    await assert.rejects(parseFlags("sweep", ["--config", path]), /the list is empty/);
  }));

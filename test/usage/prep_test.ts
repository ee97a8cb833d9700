/**
 * What `prep` promises: data that is prepared once is found by every run, whole or not at all.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestHub } from "../data/hub/test_hub.ts";
import { tinyText } from "../tiny_text.ts";
import {
  assertFails,
  assertSameRun,
  ending,
  programTest,
  resultOf,
  root,
  type Workplace,
} from "./program.ts";

const jsonLines = (lines: readonly string[]) =>
  lines.map((text) => JSON.stringify({ text }) + "\n").join("");
const lines = tinyText(300).trimEnd().split("\n");
const SHORT = ["--steps", "6", "--eval-every", "3", "--save-every", "3", "--log-every", "1"];

async function entries(place: Workplace): Promise<string[]> {
  const names = [...(await place.files("cache", "prepared")).keys()];
  return names.filter((name) => !name.includes("/")).sort();
}

programTest(
  "a run on prepared data is the run on the data, and so is its evaluation",
  async (place) => {
    await Deno.writeTextFile(place.path("rows.jsonl"), jsonLines(lines));
    for (const data of ["text.txt", "rows.jsonl"]) {
      const flags = ["--data", data, "--tokenizer", "bpe:290", "--lower-case"];
      const train = (out: string) =>
        place.run([...place.training(out, ...SHORT), ...flags].filter((arg, at, all) =>
          // Not the data of `training`.
          !(at < 3 && (arg === "--data" || all[at - 1] === "--data"))
        ));
      const evaluate = async () =>
        resultOf(await place.run(["eval", "--run", "a", "--device", "cpu", "--json", "--quiet"]));
      assert.equal((await train("a")).code, 0);
      const [run, evaluation] = [await place.essence("a"), await evaluate()];
      const card = resultOf(await place.run(["prep", ...flags, "--json", "--quiet"]));
      assert.equal((await entries(place)).length, 1);
      const parts = card.parts as Record<string, { tokens: number }>;
      assert.equal(parts.validation.tokens, Number(evaluation.tokens) + 1);
      // The texts are not read any more, but for their checksum.
      await Deno.remove(place.path("a"), { recursive: true });
      assert.equal((await train("a")).code, 0);
      assertSameRun(await place.essence("a"), run);
      assert.deepEqual(await evaluate(), evaluation);
      await Deno.remove(place.path("a", "checkpoints", "step-000006"), { recursive: true });
      const resumed = await place.run(["train", "--resume", "a", "--quiet"]);
      assert.equal(resumed.code, 0, resumed.stderr);
      assertSameRun(await place.essence("a"), run);

      // A card that lies is noticed by whoever needs it.
      const path = join(String(card.path), "card.json");
      await Deno.writeTextFile(
        path,
        (await Deno.readTextFile(path)).replace("validation", "valuation"),
      );
      const noticed = await place.run(["eval", "--run", "a", "--device", "cpu", "--json"]);
      assert.deepEqual(resultOf({ ...noticed, stderr: "" }), evaluation);
      assert.match(noticed.stderr, /cannot be used: Cannot read .*card\.json: it is damaged/);
      for (const folder of ["a", "cache"]) {
        await Deno.remove(place.path(folder), {
          recursive: true,
        });
      }
    }
  },
);

programTest("prep tells what it did, and does it once", async (place) => {
  await Deno.writeTextFile(place.path("rows.jsonl"), jsonLines(lines));
  const args = ["prep", "--data", "rows.jsonl", "--tokenizer", "bpe:300"];
  const { code, stdout, stderr } = await place.run(args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^train +[\d,]+ tokens in 270 documents, \d\.\d\d bytes of text each\n/);
  assert.match(stdout, /\nvalidation +[\d,]+ tokens in 30 documents/);
  assert.match(stdout, /\nvocabulary +300 tokens \(bpe\)\n/);
  const [entry] = await entries(place);
  assert.ok(stdout.endsWith(`in          ${place.path("cache", "prepared", entry)}\n`), stdout);
  const before = await place.files("cache");
  assert.equal((await place.run(args)).stdout, stdout);
  assert.deepEqual(await place.files("cache"), before);

  const refuse = async (why: RegExp, ...more: string[]) =>
    assertFails(await place.run(["prep", "--quiet", ...more]), 2, why);
  await refuse(/text\.txt: it is running text/, "--data", "text.txt", "--rows", "4");
  await refuse(/did you mean text\?/, "--data", "rows.jsonl", "--text-column", "txet");
  await refuse(/none\.txt: no such file/, "--data", "none.txt");
  await Deno.writeTextFile(place.path("binary.txt"), "to be\0or not");
  await refuse(/binary, with a zero byte at offset 5/, "--data", "binary.txt");
  const parquet = await Deno.readFile(join(root, "test/golden/parquet/text_v1_snappy.parquet"));
  await Deno.writeFile(place.path("half.parquet"), parquet.slice(0, parquet.length / 2));
  await refuse(/half\.parquet: it is no whole parquet file/, "--data", "half.parquet");
  assert.deepEqual(await place.files("cache"), before);
});

programTest("two processes that prepare the same at once both succeed", async (place) => {
  await Deno.writeTextFile(place.path("text.txt"), tinyText(40_000));
  const args = ["prep", "--data", "text.txt", "--tokenizer", "byte", "--json", "--quiet"];
  const [first, second] = await Promise.all([place.run(args), place.run(args)]);
  assert.deepEqual(resultOf(first), resultOf(second));
  assert.equal((await entries(place)).length, 1);
});

programTest("prep that is killed or interrupted leaves nothing half", async (place) => {
  // So large that it takes a second or two.
  await Deno.writeTextFile(place.path("text.txt"), tinyText(150_000));
  const args = ["prep", "--data", "text.txt", "--tokenizer", "byte", "--quiet"];
  let killed: string[] = [];
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    const process = place.start(args);
    const output = ending(process);
    const begun = async () =>
      [...(await place.files("cache", "prepared")).keys()].some((name) =>
        name.endsWith("train.tokens") && !killed.some((folder) => name.startsWith(folder))
      );
    while (!await begun()) await new Promise((resolve) => setTimeout(resolve, 5));
    process.kill(signal);
    const { code, stderr } = await output;
    const left = await entries(place);
    if (signal === "SIGKILL") {
      assert.ok(left.every((name) => name.endsWith(".tmp")), left.join());
      assert.equal(left.length, 1);
      killed = left;
    } else {
      assert.equal(code, 130, stderr);
      assert.deepEqual(left, [], "what was killed before is cleared away");
    }
  }
  resultOf(await place.run([...args, "--json"]));
  assert.equal((await entries(place)).length, 1);
});

programTest("prep on a full disk says so and leaves nothing", async (place) => {
  const disk = place.path("cache");
  await Deno.mkdir(disk);
  const mounted = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk],
    stderr: "null",
  }).output().then(({ success }) => success, () => false);
  if (!mounted) {
    console.error("*** NOT TESTED: a full disk, because a small one cannot be mounted here ***");
    return;
  }
  try {
    await Deno.writeTextFile(place.path("text.txt"), tinyText(20_000));
    const args = ["prep", "--data", "text.txt", "--tokenizer", "byte", "--quiet"];
    const why = /Cannot write .*train\.tokens: the disk is full, free some space/;
    assertFails(await place.run(args), 1, why);
    assert.deepEqual(await entries(place), []);
    await new Deno.Command("mount", { args: ["-o", "remount,size=16m", disk] }).output();
    assert.equal((await place.run(args)).code, 0);
    assert.equal((await entries(place)).length, 1);
  } finally {
    await new Deno.Command("umount", { args: [disk] }).output();
  }
});

programTest("a large text is prepared, and trained on, in little memory", async (place) => {
  const path = place.path("text.txt");
  const part = new TextEncoder().encode(tinyText(2000).replaceAll("of", "öf"));
  {
    using file = await Deno.open(path, { write: true, truncate: true });
    for (let bytes = 0; bytes < 30_000_000; bytes += part.length) file.writeSync(part);
  }
  /** The most memory that the program ever had, which it says itself. */
  const most = async (...args: string[]) => {
    const program = `
      import { main } from ${JSON.stringify(join(root, "src/cli/main.ts"))};
      const code = await main(Deno.args);
      const { maxRSS } = (await import("node:process")).resourceUsage();
      console.error("KB", maxRSS);
      Deno.exit(code);`;
    await Deno.writeTextFile(place.path("program.ts"), program);
    const { code, stderr } = await place.run(args, { program: ["-A", place.path("program.ts")] });
    assert.equal(code, 0, stderr);
    return Number(/KB (\d+)/.exec(stderr)?.[1]) / 1024;
  };
  const empty = await most("info", "--device", "cpu", "--quiet");
  const prep = await most("prep", "--data", "text.txt", "--tokenizer", "byte", "--quiet");
  assert.ok(prep < empty + 100, `prep needed ${prep} MB, nothing ${empty}`);
  const train = await most(
    ...place.training("run", "--steps", "3", "--tokenizer", "byte", "--device", "cpu"),
    ...["--eval-every", "0", "--steps", "1"],
  );
  assert.ok(train < empty + 150, `train needed ${train} MB, nothing ${empty}`);
});

programTest(
  "rows of a large data set of the hub are prepared without downloading it",
  async (place) => {
    await using hub = new TestHub({
      "owner/lines": { "train.jsonl": jsonLines(tinyText(60_000).trimEnd().split("\n")) },
    });
    const env = {
      ...{ HF_ENDPOINT: hub.url, HF_HOME: place.path("huggingface"), HF_TOKEN: "" },
      ...{ HF_HUB_CACHE: "", HF_HUB_OFFLINE: "" },
    };
    const flags = ["--data", "hf:owner/lines", "--rows", "200", "--tokenizer", "byte"];
    const card = resultOf(await place.run(["prep", ...flags, "--json", "--quiet"], { env }));
    assert.equal(card.verified, false);
    assert.equal(card.revision, hub.commit("owner/lines"));
    assert.ok(
      hub.downloads().every((request) => !request.endsWith("whole")),
      hub.downloads().join(),
    );
    const isKept = async () =>
      [...(await place.files("huggingface")).keys()].some((name) => name.includes("blobs"));
    assert.equal(await isKept(), false, "a part of a file is no file");
    // A run takes the rows as they were prepared, and says that they were not verified.
    const args = place.training("run", "--steps", "2", "--device", "cpu").slice(3);
    const run = await place.run(
      ["train", ...args.filter((arg) => arg !== "--quiet"), ...flags],
      { env },
    );
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /is not verified/);
    assert.ok(
      hub.downloads().every((request) => !request.endsWith("whole")),
      hub.downloads().join(),
    );
  },
);

programTest("eval measures any part of any text, in windows that slide", async (place) => {
  await Deno.writeTextFile(place.path("train.jsonl"), jsonLines(lines.slice(0, 200)));
  await Deno.writeTextFile(place.path("test.jsonl"), jsonLines(lines.slice(200)));
  await Deno.mkdir(place.path("data"));
  for (const name of ["train.jsonl", "test.jsonl"]) {
    await Deno.rename(place.path(name), place.path("data", name));
  }
  await place.train("run", "--steps", "2", "--lower-case", "--device", "cpu");
  const evaluate = (...more: string[]) =>
    place.run(["eval", "--run", "run", "--device", "cpu", "--json", "--quiet", ...more]);
  const tokens = async (...more: string[]) => Number(resultOf(await evaluate(...more)).tokens);
  const text = tinyText();
  assert.equal(await tokens("--split", "all"), text.length - 1);
  const [plain, sliding] = [resultOf(await evaluate()), resultOf(await evaluate("--stride", "2"))];
  assert.equal(sliding.tokens, plain.tokens);
  assert.notEqual(sliding.loss, plain.loss);
  assert.deepEqual(resultOf(await evaluate("--stride", "8")), plain);
  assert.deepEqual(resultOf(await evaluate("--split", "validation")), plain);
  assertFails(await evaluate("--stride", "9"), 2, /--stride 9: the model sees 8 tokens at once/);
  assertFails(await evaluate("--split", "test"), 2, /the test part of .*: it has none, only all/);

  // Foreign rows are cleaned as those that were trained on; each ends with a line.
  const characters = (documents: readonly string[]) =>
    documents.reduce((sum, document) => sum + document.length + 1, 0);
  const foreign = ["--data", "data", "--split"];
  await place.run(["prep", "--data", "data", "--tokenizer", "run/tokenizer.json", "--lower-case"]);
  assert.equal(await tokens(...foreign, "test"), characters(lines.slice(200)) - 1);
  assert.equal(await tokens(...foreign, "all"), characters(lines) - 1);
  assert.equal(await tokens(...foreign, "all", "--join-rows"), characters(lines) - 3);
  const other = resultOf(await evaluate(...foreign, "test"));
  assert.ok(Math.abs(Number(other.bits_per_byte) - Number(other.loss) / Math.LN2) < 1e-9);
});

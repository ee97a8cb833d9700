import assert from "node:assert/strict";
import { join } from "node:path";
import { loadTextDataset, openDataset } from "../../../src/data/datasets.ts";
import { messageOf } from "../hub/test_hub.ts";

const parquet = (name: string) =>
  Deno.readFileSync(new URL(`../../golden/parquet/${name}.parquet`, import.meta.url));

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Makes files in a new folder and runs a test on it. */
async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  test: (at: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content);
    }
    await test((name) => join(folder, name));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("rows on disk are texts, whatever kind of file they are in", async () => {
  const jsonl = '{"text":"one"}\n{"text":"two\\n"}\n{"text":null}\n{"text":"three"}\n';
  const csv = 'id,text\n1,one\n2,"two\n"\n3,three\n';
  const files = {
    "a.jsonl": jsonl,
    "b.jsonl.gz": await gzip(jsonl),
    "c.csv": csv,
    "d.tsv": csv.replaceAll(",", "\t"),
    "e.csv.gz": await gzip(csv),
  };
  await withFiles(files, async (at) => {
    for (const name of Object.keys(files)) {
      const { splits: [split] } = await openDataset(at(name));
      assert.deepEqual(await Array.fromAsync(split.texts()), ["one", "two\n", "three"], name);
      assert.equal(split.isContinuous, false);
      const { text, heldOut } = await loadTextDataset(at(name));
      assert.equal(text, "one\ntwo\nthree");
      assert.equal(heldOut, undefined);
    }
  });
});

Deno.test("parquet on disk is read, text in columns of bytes too", () =>
  withFiles(
    { "t.parquet": parquet("text_v2_zstd"), "b.parquet": parquet("binary") },
    async (at) => {
      const { splits: [split] } = await openDataset(at("t.parquet"));
      assert.equal((await Array.fromAsync(split.texts())).length, 21);
      assert.equal(await split.rowCount(), 25);
      assert.match(await split.files[0].digest(), /^sha256:[0-9a-f]{64}$/);
      assert.equal(
        (await loadTextDataset(at("b.parquet"), { textColumn: "body" })).text,
        "café\nx",
      );
      assert.equal((await loadTextDataset(at("b.parquet"))).text, "a\nb");
    },
  ));

Deno.test("a folder of rows has the splits that its names tell", () =>
  withFiles({
    "README.md": "About it",
    "train-1.jsonl": '{"text":"a"}',
    "train-2.csv": "text\nb\n",
    "validation.jsonl": '{"text":"c"}',
    "test.jsonl": '{"text":"d"}',
  }, async (at) => {
    const notices: string[] = [];
    const onNotice = (line: string) => notices.push(line);
    const { text, heldOut } = await loadTextDataset(at("."), { onNotice });
    assert.deepEqual([text, heldOut], ["a\nb", "c"]);
    assert.deepEqual(notices, [
      `Reading 2 train files and 1 validation file and 1 test file in ${at("")}`
        .replace(/\/$/, ""),
    ]);
    // A file of text among them means that the folder is one of texts, as it always was.
    await Deno.writeTextFile(at("x.txt"), "text");
    assert.equal((await loadTextDataset(at("."))).text, "About it\ntext");
  }));

Deno.test("what is wrong with rows is reported", async () =>
  await withFiles({
    "half.parquet": parquet("text_v1_snappy").slice(0, 1000),
    "half.jsonl.gz": (await gzip('{"text":"one"}\n'.repeat(1000))).slice(0, 50),
    "plain.csv.gz": "text\nx\n",
    "numbers.jsonl": '{"text":1}\n',
    "none.jsonl": '{"text":null}\n',
    "zero.csv": "text\na\0b\n",
    "two.csv": "a,b\n1,2\n",
  }, async (at) => {
    const refused: [name: string, why: RegExp][] = [
      ["half.parquet", /: it is no whole parquet file, its end cannot be read \(.*PAR1\)\)$/],
      ["half.jsonl.gz", /: it is no whole gzip file \(.*\)$/],
      ["plain.csv.gz", /: it is no whole gzip file \(.*\)$/],
      ["numbers.jsonl", /: it holds values of type number, text is accepted$/],
      ["none.jsonl", /: it is empty$/],
      ["zero.csv", /: it is binary, with a zero byte at offset 6, UTF-8 text is accepted$/],
      ["two.csv", /name it with `textColumn`, its columns are a \(string\), b \(string\)$/],
    ];
    for (const [name, why] of refused) {
      const message = await messageOf(loadTextDataset(at(name)));
      assert.match(message, /^(Input|Option)Error: Cannot /);
      assert.ok(message.includes(at(name)), message);
      assert.match(message, why);
    }
  }));

Deno.test("running text has pieces and no columns", async () => {
  const { splits: [split], canonicalName } = await openDataset("shakespeare:plays");
  assert.equal(split.isContinuous, true);
  assert.equal(canonicalName, "shakespeare:plays");
  const { text, sha256 } = await loadTextDataset("shakespeare:plays");
  assert.equal((await Array.fromAsync(split.texts())).join(""), text);
  assert.equal(await split.files[0].digest(), `sha256:${sha256}`);
  assert.deepEqual(await split.columns(), []);
  const column = { textColumn: "text" };
  assert.match(await messageOf(loadTextDataset("shakespeare:plays", column)), /without columns$/);
  await withFiles({ "a.txt": "text" }, async (at) => {
    assert.match(await messageOf(loadTextDataset(at("a.txt"), column)), /without columns$/);
  });
});

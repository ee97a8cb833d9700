import assert from "node:assert/strict";
import { chunksOf, memorySource } from "../../../src/files/byte_source.ts";
import { csvRecords } from "../../../src/data/rows/csv_rows.ts";
import { csvTable } from "../../../src/data/rows/csv_table.ts";
import { formatOf } from "../../../src/data/rows/data_format.ts";
import { jsonLinesTable } from "../../../src/data/rows/json_lines_table.ts";
import type { Table } from "../../../src/data/rows/table.ts";
import { textColumn } from "../../../src/data/rows/text_column.ts";
import { utf8Pieces } from "../../../src/data/rows/utf8_pieces.ts";
import { messageOf } from "../hub/test_hub.ts";

/** A text in pieces of every size, to cut it everywhere. */
const inPieces = (text: string, size: number) =>
  async function* () {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  };

const plain = async (table: Table) =>
  (await Array.fromAsync(table.rows())).map((row) => ({ ...row }));

Deno.test("JSON Lines are read wherever the pieces end", async () => {
  const text = '{"text":"a\\nb","n":1}\r\n\n{"text":null,"more":[1]}\n{"n":2.5,"text":"語"}';
  const expected = [{ text: "a\nb", n: 1 }, { text: null, more: [1] }, { n: 2.5, text: "語" }];
  for (const size of [1, 2, 3, 7, 1000]) {
    const table = jsonLinesTable(inPieces(text, size), "x.jsonl");
    assert.deepEqual(await plain(table), expected);
    assert.deepEqual(await table.columns(), [
      { name: "text", type: "string" },
      { name: "n", type: "number" },
      { name: "more", type: "list" },
    ]);
  }
});

Deno.test("JSON Lines that are none are reported with their line", async () => {
  const cases: [text: string, message: string][] = [
    ['{"a":1}\n{"a":', "line 2 is not JSON, one JSON object per line is accepted"],
    ['{"a":1}\n\n[1]', "line 3 is not an object, one JSON object per line is accepted"],
  ];
  for (const [text, message] of cases) {
    const rows = plain(jsonLinesTable(inPieces(text, 1000), "x.jsonl"));
    assert.equal(await messageOf(rows), `InputError: Cannot read x.jsonl: ${message}`);
  }
});

Deno.test("CSV and TSV are read wherever the pieces end", async () => {
  const text = 'id,text\n1,"two\nlines, ""quoted"""\r\n2,語\n';
  const expected = [{ id: "1", text: 'two\nlines, "quoted"' }, { id: "2", text: "語" }];
  for (const size of [1, 3, 1000]) {
    const table = csvTable(inPieces(text, size), "x.csv", ",");
    assert.deepEqual(await plain(table), expected);
    assert.deepEqual((await table.columns()).map(({ name }) => name), ["id", "text"]);
  }
  const tabs = csvTable(inPieces("a\tb\n1, 2\t3\n", 4), "x.tsv", "\t");
  assert.deepEqual(await plain(tabs), [{ a: "1, 2", b: "3" }]);
});

Deno.test("CSV is read as Python reads it, whatever its quotation marks", async () => {
  // test/golden/csv.json: random texts, and the records that csv.reader of Python 3.11 makes of them.
  const golden = new URL("../../golden/csv.json", import.meta.url);
  const cases: [string, string[][]][] = JSON.parse(await Deno.readTextFile(golden));
  for (const [text, records] of cases) {
    for (const size of [1, 2, 1000]) {
      const read = await Array.fromAsync(csvRecords(inPieces(text, size)(), ",", "x.csv"));
      assert.deepEqual(read, records, JSON.stringify(text));
    }
  }
});

Deno.test("columns of CSV are those that pandas makes", async () => {
  const table = (text: string) => csvTable(inPieces(text, 1000), "x.csv", ",");
  const names = async (text: string) => (await table(text).columns()).map(({ name }) => name);
  assert.deepEqual(await names("text,text\n"), ["text", "text.1"]);
  assert.deepEqual(await names("text,text.1,text\n"), ["text", "text.1", "text.2"]);
  assert.deepEqual(await names(",text,\n"), ["Unnamed: 0", "text", "Unnamed: 2"]);
  assert.deepEqual(await names(""), []);
  assert.deepEqual(await plain(table("a,b\n1\n1,2,3\n\n,\n")), [
    { a: "1", b: null },
    { a: "1", b: "2" },
    { a: "", b: "" },
  ]);
});

Deno.test("a quotation that is never closed does not fill the memory", async () => {
  const endless = async function* () {
    yield 'a,b\n1,"';
    for (;;) yield "x".repeat(1 << 20);
  };
  const message = await messageOf(plain(csvTable(endless, "x.csv", ",")));
  assert.match(
    message,
    /InputError: Cannot read x\.csv: the record that begins at line 2 is longer/,
  );
});

Deno.test("JSON is read as Python writes it: arrays, and numbers that are none", async () => {
  const table = (text: string) => jsonLinesTable(inPieces(text, 5), "x.json");
  const expected = [{ text: "a" }, { text: "b" }];
  assert.deepEqual(await plain(table('[{"text":"a"},\n{"text":"b"}]\n')), expected);
  assert.deepEqual(await plain(table('{"n":NaN,"t":"NaN"}\n{"n":-Infinity}')), [
    { n: null, t: "NaN" },
    { n: null },
  ]);
  assert.match(await messageOf(plain(table("[1]"))), /item 0 of the array is not an object/);
  assert.match(await messageOf(plain(table('[{"a":1}'))), /begins like an array and is not JSON/);
  const late = '{"id":1,"text":null}\n'.repeat(500) + '{"id":2,"text":"x"}\n';
  assert.deepEqual(await table(late).columns(), [
    { name: "id", type: "number" },
    { name: "text", type: "string" },
  ]);
});

Deno.test("rows that are no longer wanted are no longer read", async () => {
  let read = 0;
  async function* endless() {
    yield "text\n";
    for (;; read++) yield `line ${read}\n`.repeat(100);
  }
  async function* endlessJson() {
    for (;; read++) yield '{"text":"x"}\n'.repeat(100);
  }
  for (const table of [csvTable(endless, "x", ","), jsonLinesTable(endlessJson, "x")]) {
    let taken = 0;
    read = 0;
    for await (const _ of table.rows()) if (++taken === 500) break;
    assert.ok(read < 200, `${read}`);
  }
});

Deno.test("UTF-8 is decoded wherever the chunks end, and its faults are found", async () => {
  const text = "\uFEFFaé語🦜\uFEFFz";
  const bytes = new TextEncoder().encode(text);
  const decoded = async (bytes: Uint8Array<ArrayBuffer>, size: number) =>
    (await Array.fromAsync(utf8Pieces(chunksOf(memorySource("x", bytes), size), "x"))).join("");
  for (let size = 1; size <= bytes.length; size++) {
    assert.equal(await decoded(bytes, size), text.slice(1));
    const cases: [bytes: number[], why: string][] = [
      [[65, 66, 0, 67], "it is binary, with a zero byte at offset 2, UTF-8 text is accepted"],
      [[65, 0xe8, 0xaa], "the byte 0xE8 at offset 1 is not UTF-8, convert the text to UTF-8"],
      [[65, 66, 0xff, 65], "the byte 0xFF at offset 2 is not UTF-8, convert the text to UTF-8"],
      [[0xe8, 0xaa, 65, 65], "the byte 0xE8 at offset 0 is not UTF-8, convert the text to UTF-8"],
    ];
    for (const [wrong, why] of cases) {
      assert.equal(
        await messageOf(decoded(Uint8Array.from(wrong), size)),
        `InputError: Cannot read x: ${why}`,
      );
    }
  }
});

Deno.test("the column of the text is found, or what there is reported", async () => {
  const columns = [{ name: "id", type: "int64" }, { name: "caption", type: "string" }];
  const two = [...columns, { name: "title", type: "string" }];
  assert.equal(textColumn(columns, undefined, "x"), "caption");
  assert.equal(textColumn([...two, { name: "text", type: "string" }], undefined, "x"), "text");
  assert.equal(textColumn(two, "title", "x"), "title");
  const failing = (...args: Parameters<typeof textColumn>) =>
    messageOf(Promise.resolve().then(() => textColumn(...args)));
  assert.equal(
    await failing(two, undefined, "x"),
    "OptionError: Cannot tell which column of x is the text: name it with `textColumn`, its " +
      "columns are id (int64), caption (string), title (string)",
  );
  assert.equal(
    await failing(columns, "captoin", "x"),
    "InputError: Cannot use the text column captoin of x: there is no such column, did you mean " +
      "caption? its columns are id (int64), caption (string)",
  );
});

Deno.test("a file's name says what it holds", () => {
  assert.deepEqual(formatOf("a/b.JSONL"), { format: "jsonl", gzip: false });
  assert.deepEqual(formatOf("a.csv.gz"), { format: "csv", gzip: true });
  assert.deepEqual(formatOf("train-00000-of-00001.parquet"), { format: "parquet", gzip: false });
  for (const name of ["a.tar", "a", "a.parquet.gz", "jsonl", "a.jsonl.zst"]) {
    assert.equal(formatOf(name), undefined);
  }
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { memorySource } from "../../../src/files/byte_source.ts";
import { fileSource } from "../../../src/files/file_source.ts";
import { parquetTable } from "../../../src/data/rows/parquet_table.ts";
import { messageOf } from "../hub/test_hub.ts";

/** A file that pyarrow wrote, see `make.py` beside it. */
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../golden/parquet/${name}.parquet`, import.meta.url));

const expected = Array.from({ length: 25 }, (_, row) => ({
  id: BigInt(row),
  text: row % 7 === 3 ? null : `Row ${row}: ein Wort, 語, 🦜\n`.repeat(row % 3),
}));

for (const name of ["text_v1_snappy", "text_v2_zstd"]) {
  Deno.test(`parquet: ${name}, whole, by column and in parts`, async () => {
    const source = await fileSource(fixture(name));
    const table = parquetTable(source);
    assert.deepEqual(await table.columns(), [
      { name: "id", type: "int64" },
      { name: "text", type: "string" },
    ]);
    assert.equal(await table.rowCount(), 25);
    const plain = (rows: AsyncIterable<unknown>) => Array.fromAsync(rows, (row) => ({ ...row! }));
    assert.deepEqual(await plain(table.rows()), expected);
    assert.deepEqual(
      await plain(table.rows(["text"])),
      expected.map(({ text }) => ({ text })),
    );
    assert.deepEqual(await plain(parquetTable(source, 64).rows()), expected);
  });
}

Deno.test("parquet: only the footer and the columns of the rows that are wanted are read", async () => {
  const source = await fileSource(fixture("text_v1_snappy"));
  const read: number[] = [];
  const slice = (start: number, end: number) => {
    read.push(end - start);
    return source.slice(start, end);
  };
  for await (const _ of parquetTable({ ...source, slice }).rows(["id"])) break;
  assert.equal(read.length, 2); // the footer, which is all of so small a file, and one column chunk
  assert.ok(read[1] < source.bytes / 4, read.join());
});

Deno.test("parquet: bytes stay bytes, and labels are integers", async () => {
  const images = parquetTable(await fileSource(fixture("images")));
  assert.deepEqual((await images.columns()).map(({ type }) => type), ["struct", "int64"]);
  const rows = await Array.fromAsync(images.rows());
  assert.deepEqual(rows.map(({ label }) => label), [2n, 0n, 1n]);
  assert.deepEqual(rows[1].img, { bytes: Uint8Array.of(255, 216, 1, 0), path: "1.jpg" });

  const binary = parquetTable(await fileSource(fixture("binary")));
  assert.deepEqual((await binary.columns()).map(({ type }) => type), ["string", "binary"]);
  const [{ body }] = await Array.fromAsync(binary.rows());
  assert.ok(body instanceof Uint8Array);
});

Deno.test("parquet: half a file, and what is none, is one clear line", async () => {
  const bytes = await Deno.readFile(fixture("text_v1_snappy"));
  const half = bytes.slice(0, bytes.length / 2);
  const holed = bytes.slice().fill(0xaa, 4, 800);
  const cases: [name: string, bytes: Uint8Array<ArrayBuffer>, why: RegExp][] = [
    ["half", half, /it is no whole parquet file, its end cannot be read \(.*PAR1\)\)$/],
    ["end", bytes.slice(bytes.length / 2), /it is no whole parquet file/],
    ["empty", new Uint8Array(), /its end cannot be read \(it has 0 bytes\)$/],
    ["text", new TextEncoder().encode("To be, or not to be"), /its end cannot be read/],
    ["holed", holed, /it is no whole parquet file, row group 0 cannot be read/],
  ];
  for (const [name, bytes, why] of cases) {
    const rows = parquetTable(memorySource(name, bytes)).rows();
    const message = await messageOf(Array.fromAsync(rows));
    assert.ok(message.startsWith(`InputError: Cannot read ${name}: `), message);
    assert.match(message, why);
  }
});

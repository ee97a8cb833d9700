import assert from "node:assert/strict";
import { mebibytes, percent, renderTable, significant } from "../../src/bench/table.ts";

Deno.test("renderTable: text lies left, numbers right, no line ends in spaces", () => {
  const columns = [{ header: "kernel", left: true }, { header: "ms" }, { header: "x", left: true }];
  assert.deepEqual(renderTable(columns, [["add", "1.25", ""], ["matmul_codes", "13", "yes"]]), [
    "kernel          ms  x",
    "add           1.25",
    "matmul_codes    13  yes",
  ]);
  assert.deepEqual(renderTable([{ header: "a" }, { header: "b" }], []), ["a  b"]);
});

Deno.test("significant: three digits, and all before the point", () => {
  const shown = [0, 0.000123456, 0.0456, 0.9999, 1, 12.345, 123.45, 1234.5, 1234567].map(
    significant,
  );
  assert.deepEqual(shown, [
    "0.00",
    "0.000123",
    "0.0456",
    "1.000",
    "1.00",
    "12.3",
    "123",
    "1,235",
    "1,234,567",
  ]);
});

Deno.test("percent and mebibytes", () => {
  assert.deepEqual([0.0123, 0.5, 1.2].map(percent), ["1.2 %", "50 %", "120 %"]);
  assert.equal(mebibytes(3 << 20), "3.00 MiB");
});

/** Statistics and codes of rows, against float64; that pieces make a whole is tested with the models. */
import assert from "node:assert/strict";
import { appendRows } from "../../src/nn/row_table.ts";
import { ROW_TABLE_COLUMNS } from "../../src/ops/quantize_weights.ts";
import {
  quantizePiece,
  quantizePieceOp,
  weightStatistics,
  weightStatisticsOp,
} from "../../src/ops/weight_pieces.ts";
import { encodeFormat, FORMAT_COLUMNS } from "../../src/quant/format_table.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal } from "./sweep.ts";
import { allQuantizations } from "./weight_cases.ts";

const [ROWS, COLUMNS] = [5, 33];

deviceTest("weight_statistics and quantize_piece: every scheme", async (device) => {
  // Those that differ in their rows: one scale for all of them.
  const all = allQuantizations().filter(({ weightGranularity }) => weightGranularity === "tensor");
  const count = all.length;
  const table: number[] = [];
  all.forEach((_, matrix) =>
    appendRows(table, {
      rows: ROWS,
      columns: COLUMNS,
      granularity: "tensor",
      offset: matrix * ROWS * COLUMNS,
      word: matrix * ROWS * 9,
      scale: matrix * ROWS,
      scaleStride: ROWS,
      learned: count * ROWS * COLUMNS + matrix,
      matrix,
    })
  );
  const formats = all.flatMap(({ weightQuantizer, weightBits }) =>
    encodeFormat(weightQuantizer!.format(weightBits), ROWS * COLUMNS)
  );
  const parameters = input("parameters", [count * ROWS * COLUMNS + count]);
  const tables = {
    rows: input("rows", [count * ROWS, ROW_TABLE_COLUMNS], "u32"),
    formats: input("formats", [count, FORMAT_COLUMNS]),
    thresholds: input("thresholds", [count]),
  };
  const data = normal(parameters.shape[0], 1).map((w, i) =>
    i < count * ROWS * COLUMNS ? w + 0.2 : Math.abs(w) + 0.3
  );
  const feeds = new Map<Value, HostArray>([
    [parameters, data],
    [tables.rows, Uint32Array.from(table)],
    [tables.formats, Float32Array.from(formats)],
    [tables.thresholds, new Float32Array(count).fill(0.7)],
  ]);
  const exact = [...feeds.values()].map((values) => Float64Array.from(values));

  const statistics = weightStatistics(parameters, tables);
  const [found] = await evaluate(device, [statistics], feeds);
  const [expected] = weightStatisticsOp.reference(exact, statistics.node! as never);
  // Learned scales need none: what is there is left.
  const isLearned = (i: number) =>
    all[Math.floor(i / (4 * ROWS))].weightQuantizer!.format(
      all[Math.floor(i / (4 * ROWS))].weightBits,
    )
      .learned !== undefined;
  const compared = (values: ArrayLike<number>) =>
    Float64Array.from(values, (value, i) => isLearned(i) ? 0 : value);
  assertClose(compared(found), compared(expected), { rtol: 1e-5, atol: 1e-5, label: "statistics" });

  // A median is found elsewhere.
  const given = Float32Array.from(found);
  all.forEach(({ weightQuantizer }, matrix) => {
    if (weightQuantizer!.name.includes("median")) given[4 * ROWS * matrix + 3] = 0.6;
  });
  const leaf = input("statistics", [count * ROWS, 4]);
  const sizes = { codeWords: count * ROWS * 9, scaleCount: count * ROWS };
  const [codes, scales] = quantizePiece(parameters, tables, leaf, sizes);
  const [foundCodes, foundScales] = await evaluate(
    device,
    [codes, scales],
    new Map([...feeds, [leaf, given]]),
  );
  const [exactCodes, exactScales] = quantizePieceOp.reference(
    [...exact, Float64Array.from(given)],
    codes.node! as never,
  );
  assertClose(foundScales, exactScales, { rtol: 1e-6, label: "scales" });
  const bytes = new Int8Array(foundCodes.buffer);
  const wanted = new Int8Array(Uint32Array.from(exactCodes).buffer);
  // A weight in the middle between two codes can go either way.
  const different = bytes.filter((code, i) => Math.abs(code - wanted[i]) > 0).length;
  assert.ok(different <= bytes.length / 1000, `${different} of ${bytes.length} codes differ`);
});

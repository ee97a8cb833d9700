/** Medians of magnitudes are found exactly, however the weights are distributed. */
import assert from "node:assert/strict";
import { quantizeWeights, ROW_TABLE_COLUMNS } from "../../src/ops/quantize_weights.ts";
import { encodeFormat } from "../../src/quant/format_table.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { normal } from "./sweep.ts";

/** Weight i of n, from a normal variable. */
const distributions: Record<string, (i: number, n: number, z: number) => number> = {
  normal: (_i, _n, z) => z,
  zeros: () => 0,
  "two values": (_i, _n, z) => z < 0 ? 1 : -2,
  "one half larger": (i, n) => i < n / 2 ? 1 : 2,
  "over many octaves": (_i, _n, z) => Math.exp(8 * z),
  "far outliers": (i, _n, z) => i % 97 === 0 ? 1e30 : z,
  rising: (i, n) => i / n - 0.5,
  "by columns": (i, _n, z) => (i % 128) / 100 + z / 1000,
  // What a sample at equal distances sees is not what there is.
  "against samples": (i, _n, z) => i % 15 === 0 ? z / 1e3 : 5 + z / 10,
};

for (const count of [1, 2, 7, 8, 9, 130, 2049, 16384, 70001, 300001]) {
  deviceTest(`median magnitudes of ${count}`, async (device) => {
    const weights = Object.values(distributions).map((distribution, seed) =>
      normal(count, seed).map((z, i) => distribution(i, count, z))
    );
    const format = encodeFormat({
      statistic: "medianAbsolute",
      divisor: 1,
      minimum: 0,
      rounding: "nearest",
      codes: [-1, 1],
    }, count);
    const groups = weights.length;
    const words = Math.ceil(count / 4);
    const leaves = {
      parameters: input("parameters", [groups * count]),
      rows: input("rows", [groups, ROW_TABLE_COLUMNS], "u32"),
      formats: input("formats", [1, format.length]),
      thresholds: input("thresholds", [1]),
    };
    const table = weights.flatMap((_, i) => [i * count, count, i * words, i, i, 1, 0, 0]);
    const feeds = new Map<Value, HostArray>([
      [leaves.parameters, Float32Array.from(weights.flatMap((group) => [...group]))],
      [leaves.rows, Uint32Array.from(table)],
      [leaves.formats, Float32Array.from(format)],
    ]);
    const attributes = { codeWords: groups * words, scaleCount: groups, medians: true };
    const [, steps] = quantizeWeights(leaves.parameters, leaves, attributes);
    const [medians] = await evaluate(device, [steps], feeds);
    Object.keys(distributions).forEach((name, i) => {
      const magnitudes = weights[i].map(Math.abs).sort();
      assert.equal(medians[i], magnitudes[(count - 1) >> 1], name);
    });
  });
}

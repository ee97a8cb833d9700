/**
 * Quantizes weights piece by piece, where the rows that share a scale are not in memory together.
 *
 * @module
 */
import {
  quantizeWeightsKernel,
  weightStatisticsKernel,
} from "../../kernels/quantizers/quantize_weights.ts";
import { decodeFormat, FORMAT_COLUMNS } from "../quant/format_table.ts";
import { quantizedWeight, scaleOf } from "../quant/quantize_group.ts";
import type { WeightFormat } from "../quant/quantizer.ts";
import { callKernel, type KernelCall } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference } from "../tensor/op.ts";
import type { Value } from "../tensor/value.ts";
import { ROW_TABLE_COLUMNS, type WeightTables } from "./quantize_weights.ts";

/** (flat parameters, row table, formats, thresholds) → (rows, 4) statistics, as `weight_statistics.wgsl` says. */
export const weightStatisticsOp: Op<null> = {
  name: "weight_statistics",
  infer: ([, table]) => [{ shape: [table.shape[0], 4], dtype: "f32" }],
  lower({ inputs, outputs }): KernelCall[] {
    const [parameters, rows, formats, thresholds] = inputs;
    const [statistics] = outputs;
    const ROWS = rows.shape[0];
    return [callKernel(weightStatisticsKernel, {
      constants: { ROWS },
      reads: { parameters, rows, formats, thresholds },
      writes: { statistics },
      extent: [ROWS],
    })];
  },
  reference([parameters, table, formats, thresholds]) {
    const statistics = new Float64Array(table.length / ROW_TABLE_COLUMNS * 4);
    for (let at = 0; at < table.length; at += ROW_TABLE_COLUMNS) {
      const [start, columns, , , , , matrix] = table.subarray(at);
      const format = decodeFormat(formats.subarray(FORMAT_COLUMNS * matrix));
      const w = parameters.subarray(start, start + columns);
      statistics.set(rowStatistics(format, w, thresholds[matrix]), at / 2);
    }
    return [statistics];
  },
};

function rowStatistics(format: WeightFormat, w: Reference, threshold: number): number[] {
  if (format.learned) return [0, 0, 0, 0];
  const sum = (values: Reference) => values.reduce((total, value) => total + value, 0);
  const size = w.map(Math.abs);
  const largest = size.reduce((top, value) => Math.max(top, value), 0);
  if (format.rounding !== "threshold") {
    return [sum(size), sum(w), largest, sum(w.map((value) => value * value))];
  }
  const alive = size.filter((value) => value > threshold * (sum(size) / w.length));
  return [sum(size), sum(alive), largest, alive.length];
}

/** What a piece's quantization writes to. */
export interface QuantizePieceAttributes {
  /** Words of the buffer of codes. */
  readonly codeWords: number;
  /** Entries of the buffer of scales. */
  readonly scaleCount: number;
}

/**
 * (flat parameters, row table, formats, thresholds, statistics) → (flat codes in words, flat scales), of which only those
 * of the rows in the table are written. Statistics are those of the rows in the table, in its order, and then of
 * whatever rows share a scale.
 */
export const quantizePieceOp: Op<QuantizePieceAttributes> = {
  name: "quantize_piece",
  infer: (_inputs, { codeWords, scaleCount }) => [
    { shape: [codeWords], dtype: "u32" },
    { shape: [scaleCount], dtype: "f32" },
  ],
  lower({ inputs, outputs }): KernelCall[] {
    const [parameters, rows, formats, thresholds, statistics] = inputs;
    const [codes, scales] = outputs;
    const ROWS = rows.shape[0];
    return [callKernel(quantizeWeightsKernel, {
      constants: { ROWS },
      reads: { parameters, rows, formats, thresholds, statistics },
      writes: { codes, scales },
      extent: [ROWS],
    })];
  },
  reference([parameters, table, formats, thresholds, statistics], { attributes }) {
    const codes = new Int8Array(4 * attributes.codeWords);
    const scales = new Float64Array(attributes.scaleCount);
    for (let at = 0; at < table.length; at += ROW_TABLE_COLUMNS) {
      const [start, columns, word, scale, first, rows, matrix, learned] = table.subarray(at);
      const format = decodeFormat(formats.subarray(FORMAT_COLUMNS * matrix));
      const row = statistics.subarray(at / 2, at / 2 + 4);
      const group = statistics.subarray(4 * first, 4 * (first + rows));
      const statistic = format.learned
        ? parameters[learned]
        : groupStatistic(format, group, rows * columns);
      const s = scaleOf(format, statistic);
      const mean = columnSum(group, 1) / (rows * columns);
      const dead = thresholds[matrix] * row[0] / columns;
      const w = parameters.subarray(start, start + columns);
      w.forEach((value, k) => codes[4 * word + k] = quantizedWeight(format, value, s, mean, dead));
      scales[scale] = s;
    }
    return [Float64Array.from(new Uint32Array(codes.buffer)), scales];
  },
};

const columnSum = (statistics: Reference, column: number) =>
  statistics.reduce((sum, value, i) => i % 4 === column ? sum + value : sum, 0);

/** The statistic of `count` weights, of those of their rows. */
function groupStatistic({ statistic }: WeightFormat, rows: Reference, count: number): number {
  switch (statistic) {
    case "meanAbsolute":
      return columnSum(rows, 0) / count;
    case "medianAbsolute":
      return rows[3];
    case "maxAbsolute":
      return rows.reduce((top, value, i) => i % 4 === 2 ? Math.max(top, value) : top, 0);
    case "rootMeanSquare":
      return Math.sqrt(columnSum(rows, 3) / count);
    case "leastSquares":
      return columnSum(rows, 1) / Math.max(columnSum(rows, 3), 1e-6);
  }
}

/**
 * Statistics of the rows in the table.
 *
 * @param parameters (n) f32, flat.
 * @returns (rows, 4) f32.
 */
export function weightStatistics(
  parameters: Value,
  { rows, formats, thresholds }: WeightTables,
): Value {
  return apply(weightStatisticsOp, [parameters, rows, formats, thresholds], null)[0];
}

/**
 * Codes and scales of the rows in the table, as `quantizeWeights` makes them, of statistics that are there already.
 *
 * @param parameters (n) f32, flat.
 * @param statistics (m, 4) f32: first those of the rows in the table, in its order.
 * @returns Codes (codeWords) u32, four to a word, and scales (scaleCount) f32.
 */
export function quantizePiece(
  parameters: Value,
  { rows, formats, thresholds }: WeightTables,
  statistics: Value,
  attributes: QuantizePieceAttributes,
): [codes: Value, scales: Value] {
  const inputs = [parameters, rows, formats, thresholds, statistics];
  const [codes, scales] = apply(quantizePieceOp, inputs, attributes);
  return [codes, scales];
}

/**
 * The table that tells the kernels which rows of which weight matrices to quantize.
 *
 * @module
 */
import { ROW_TABLE_COLUMNS } from "../ops/quantize_weights.ts";
import { type Granularity, groupCount, groupSize } from "./granularity.ts";
import { wordsPerRow } from "./weight_image.ts";

/** Rows of one weight matrix, and where what belongs to them lies. */
export interface TabledRows {
  /** How many. */
  readonly rows: number;
  /** Weights of a row. */
  readonly columns: number;
  /** Which weights share a scale. */
  readonly granularity: Granularity;
  /** The first weight. */
  readonly offset: number;
  /** The first word of their codes. */
  readonly word: number;
  /** The first scale. */
  readonly scale: number;
  /** From a scale of a row to that of its next group. */
  readonly scaleStride: number;
  /** The first parameter of their learned scales; undefined where they are not learned. */
  readonly learned?: number;
  /** The matrix, as the tables of formats and thresholds count them. */
  readonly matrix: number;
  /**
   * Where the statistics of the matrix lie if its rows share one scale: the first and how many; default those of these
   * rows.
   */
  readonly statistics?: { readonly first: number; readonly rows: number };
}

/** Appends a row to the table for every row of a matrix or, where it is divided, for every group of it. */
export function appendRows(table: number[], matrix: TabledRows): void {
  const { rows, columns, granularity, offset, word, scale, scaleStride } = matrix;
  const shared = granularity === "tensor";
  const groups = groupCount(granularity, columns);
  const size = groupSize(granularity) || columns;
  const next = () => table.length / ROW_TABLE_COLUMNS;
  const { first, rows: sharing } = matrix.statistics ?? { first: next(), rows };
  let learned = matrix.learned ?? 0;
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      table.push(
        offset + row * columns + group * size,
        Math.min(size, columns - group * size),
        word + row * wordsPerRow(columns) + group * size / 4,
        scale + group * scaleStride + row,
        shared ? first : next(),
        shared ? sharing : 1,
        matrix.matrix,
        learned,
      );
      if (matrix.learned !== undefined && !shared) learned++;
    }
  }
}

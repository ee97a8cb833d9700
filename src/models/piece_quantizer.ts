/**
 * Quantizes weight matrices that are nowhere in memory as a whole.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import { type Granularity, groupCount } from "../nn/granularity.ts";
import { appendRows } from "../nn/row_table.ts";
import { type ImagePlace, wordsPerRow } from "../nn/weight_image.ts";
import { quantizeWeights, ROW_TABLE_COLUMNS, type WeightTables } from "../ops/quantize_weights.ts";
import { quantizePiece, weightStatistics } from "../ops/weight_pieces.ts";
import { encodeFormat, FORMAT_COLUMNS } from "../quant/format_table.ts";
import type { WeightFormat } from "../quant/quantizer.ts";
import { BufferSet, CompiledPlan, type SharedBuffers } from "../tensor/compiled_plan.ts";
import { makePlan } from "../tensor/plan.ts";
import { type Shape, Value } from "../tensor/value.ts";
import { MedianSearch } from "./median_search.ts";

/** Elements of a piece: many enough that the work on them hides what handing them over costs. */
export const PIECE_ELEMENTS: number = 1 << 18;
/** Statistics of so many rows are a multiple of what a buffer's parts are aligned to. */
const ROW_UNIT = 16;
/** Pieces that may wait on the device. */
const PENDING_PIECES = 16;

/** Size of a matrix, and which of its weights share a scale. */
export interface PiecedShape {
  /** N. */
  readonly rows: number;
  /** K. */
  readonly columns: number;
  /** Which weights share one scale. */
  readonly granularity: Granularity;
}

/** A matrix to be quantized. */
export interface PiecedMatrix extends PiecedShape {
  /** How a weight becomes a code. */
  readonly format: WeightFormat;
  /** τ, for the rounding `threshold`. */
  readonly threshold: number;
  /** Parameters of learned scales, in the order of the scales. */
  readonly learned: Float32Array | undefined;
  /** Where its codes and scales go. */
  readonly place: ImagePlace;
  /** From a scale of a row to that of its next group. */
  readonly scaleStride: number;
  /** Rows from one on, which are not needed any more when others are asked for. */
  read(firstRow: number, rows: number): Promise<Float32Array>;
}

const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;

/** Rows of a piece of about so many elements. */
function pieceRows({ rows, columns }: PiecedShape, elements: number): number {
  return Math.min(rows, Math.max(1, Math.floor(elements / columns / ROW_UNIT)) * ROW_UNIT);
}

/** Rows of the table for so many rows of a matrix. */
function tableRows({ columns, granularity }: PiecedShape, rows: number): number {
  return rows * groupCount(granularity, columns);
}

/** Most elements that are asked for at a time, where pieces are to have about so many. */
export function largestPiece(
  shapes: readonly PiecedShape[],
  elements: number = PIECE_ELEMENTS,
): number {
  return Math.max(0, ...shapes.map((shape) => pieceRows(shape, elements) * shape.columns));
}

/**
 * Quantizes matrices piece by piece, with the kernels that a training uses and to the same bits. Where rows share a scale
 * every piece is read twice: for the scale, then for the codes.
 */
export class PieceQuantizer implements Disposable {
  readonly #device: Device;
  readonly #target: SharedBuffers;
  readonly #buffers: BufferSet;
  readonly #plans = new Map<string, CompiledPlan>();
  readonly #pieceElements: number;
  /** Of the largest piece. */
  readonly #elements: number;
  /** Where the statistics of rows that share a scale begin. */
  readonly #sharedRow: number;
  readonly #weights: Value;
  readonly #tables: WeightTables;
  readonly #statistics: Value;
  #pending = 0;

  /**
   * A quantizer for matrices of some shapes.
   *
   * @param target Finds the buffers of codes and scales.
   * @param elements How large pieces are to be.
   */
  constructor(
    device: Device,
    shapes: readonly PiecedShape[],
    target: SharedBuffers,
    elements: number = PIECE_ELEMENTS,
  ) {
    const most = (of: (shape: PiecedShape) => number) => Math.max(1, ...shapes.map(of));
    const table = most((shape) => tableRows(shape, pieceRows(shape, elements)));
    this.#pieceElements = elements;
    this.#device = device;
    this.#target = target;
    this.#buffers = new BufferSet(device);
    this.#elements = largestPiece(shapes, elements);
    // Behind the weights lie the parameters of learned scales, behind the rows of a piece those that share a scale.
    this.#weights = leaf("latent weights", [this.#elements + table]);
    this.#sharedRow = roundUp(table, ROW_UNIT);
    this.#statistics = leaf("weight statistics", [this.#sharedRow + most(({ rows }) => rows), 4]);
    this.#tables = {
      rows: leaf("weight rows", [table, ROW_TABLE_COLUMNS], "u32"),
      formats: leaf("weight formats", [1, FORMAT_COLUMNS]),
      thresholds: leaf("weight thresholds", [1]),
    };
  }

  /** Enqueues a matrix; its pieces are read meanwhile. */
  async quantize(matrix: PiecedMatrix): Promise<void> {
    const { format, threshold, rows, columns, granularity } = matrix;
    this.#write(this.#tables.formats, Float32Array.from(encodeFormat(format, rows * columns)));
    this.#write(this.#tables.thresholds, Float32Array.of(threshold));
    if (granularity === "tensor" && !format.learned) await this.#quantizeShared(matrix);
    else await this.#quantizeRows(matrix);
  }

  /** Rows whose scales are their own, or learned. */
  async #quantizeRows(matrix: PiecedMatrix): Promise<void> {
    const { format, granularity, columns, learned, place } = matrix;
    const isShared = granularity === "tensor";
    const medians = format.statistic === "medianAbsolute" && !format.learned;
    for (const { first, rows } of this.#pieces(matrix)) {
      await this.#upload(matrix, first, rows);
      const count = tableRows(matrix, rows);
      if (learned) {
        const from = first * groupCount(granularity, columns);
        const own = isShared ? learned : learned.subarray(from, from + count);
        this.#write(this.#weights, own, this.#elements);
      }
      this.#writeRows(matrix, first, rows);
      const plan = await this.#plan(`rows ${count} ${medians}`, place, (attributes) => {
        const tables = this.#tablesOf(count);
        return quantizeWeights(this.#weights, tables, { ...attributes, medians });
      });
      await this.#run(plan);
    }
  }

  /** Rows that share one scale. */
  async #quantizeShared(matrix: PiecedMatrix): Promise<void> {
    const { format, rows: all, place } = matrix;
    const pieces = this.#pieces(matrix);
    const median = format.statistic === "medianAbsolute" ? new MedianSearch() : undefined;
    for (const { first, rows } of pieces) {
      median?.add(await this.#upload(matrix, first, rows));
      if (!median) await this.#upload(matrix, first, rows);
      this.#writeRows(matrix, first, rows);
      await this.#run(await this.#statisticsPlan(rows, this.#sharedRow + first));
    }
    if (median) {
      median.narrow();
      for (const { first, rows } of pieces) median.add(await matrix.read(first, rows));
      this.#write(this.#statistics, Float32Array.of(median.result()), 4 * this.#sharedRow + 3);
    }
    for (const { first, rows } of pieces) {
      // A single piece is still there.
      if (rows < all) await this.#upload(matrix, first, rows);
      this.#writeRows(matrix, first, rows);
      const plan = await this.#plan(`shared ${rows}`, place, (attributes) => {
        const tables = this.#tablesOf(rows);
        const own = weightStatistics(this.#weights, tables);
        own.location = this.#statistics.location;
        const outputs = quantizePiece(this.#weights, tables, this.#statistics, attributes);
        return [own, ...outputs];
      });
      await this.#run(plan);
    }
  }

  #pieces(matrix: PiecedMatrix): { first: number; rows: number }[] {
    const rows = pieceRows(matrix, this.#pieceElements);
    return Array.from({ length: Math.ceil(matrix.rows / rows) }, (_, index) => {
      const first = index * rows;
      return { first, rows: Math.min(rows, matrix.rows - first) };
    });
  }

  async #upload(matrix: PiecedMatrix, first: number, rows: number): Promise<Float32Array> {
    const values = await matrix.read(first, rows);
    this.#write(this.#weights, values);
    return values;
  }

  #writeRows(matrix: PiecedMatrix, first: number, rows: number): void {
    const { columns, granularity, place, scaleStride, learned } = matrix;
    const table: number[] = [];
    const shares = granularity === "tensor" && !learned;
    appendRows(table, {
      ...{ rows, columns, granularity, scaleStride },
      offset: 0,
      word: place.word + first * wordsPerRow(columns),
      scale: place.scale + first,
      matrix: 0,
      learned: learned && this.#elements,
      statistics: shares ? { first: this.#sharedRow, rows: matrix.rows } : undefined,
    });
    this.#write(this.#tables.rows, Uint32Array.from(table));
  }

  #write(leaf: Value, data: Float32Array | Uint32Array, element = 0): void {
    this.#device.write(this.#buffers.get(leaf.location!.buffer), data, 4 * element);
  }

  #tablesOf(rows: number): WeightTables {
    const { location } = this.#tables.rows;
    const table = new Value({ shape: [rows, ROW_TABLE_COLUMNS], dtype: "u32" }, { location });
    return { ...this.#tables, rows: table };
  }

  async #statisticsPlan(rows: number, row: number): Promise<CompiledPlan> {
    return await this.#compiled(`statistics ${rows} ${row}`, () => {
      const statistics = weightStatistics(this.#weights, this.#tablesOf(rows));
      const { buffer } = this.#statistics.location!;
      statistics.location = { buffer, byteOffset: 16 * row };
      return [statistics];
    });
  }

  /** A plan whose last two roots are codes and scales. */
  async #plan(
    key: string,
    { codes, scales }: ImagePlace,
    build: (attributes: { codeWords: number; scaleCount: number }) => Value[],
  ): Promise<CompiledPlan> {
    return await this.#compiled(`${key} in ${codes.label}`, () => {
      const sizes = { codeWords: codes.byteLength / 4, scaleCount: scales.byteLength / 4 };
      const roots = build(sizes);
      roots.at(-2)!.location = { buffer: codes, byteOffset: 0 };
      roots.at(-1)!.location = { buffer: scales, byteOffset: 0 };
      return roots;
    });
  }

  async #compiled(key: string, build: () => Value[]): Promise<CompiledPlan> {
    let plan = this.#plans.get(key);
    if (!plan) {
      const find: SharedBuffers = (spec) => this.#target(spec) ?? this.#buffers;
      plan = await CompiledPlan.make(this.#device, makePlan(build()), find);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  async #run(plan: CompiledPlan): Promise<void> {
    plan.run();
    // What waits on a GPU is in memory twice.
    if (++this.#pending % PENDING_PIECES === 0) await this.#device.synchronize();
  }

  /** Gives the memory of the pieces back. */
  [Symbol.dispose](): void {
    for (const plan of this.#plans.values()) plan[Symbol.dispose]();
    this.#buffers[Symbol.dispose]();
  }
}

function leaf(label: string, shape: Shape, dtype: "f32" | "u32" = "f32"): Value {
  const byteLength = 4 * shape.reduce((product, size) => product * size, 1);
  return new Value({ shape, dtype }, {
    location: { buffer: { label, byteLength }, byteOffset: 0 },
  });
}

/**
 * Integer codes of all quantized weights of a model, renewed once per step.
 *
 * @module
 */
import type { BufferSpec } from "../device/device.ts";
import { quantizeWeights, ROW_TABLE_COLUMNS, type WeightTables } from "../ops/quantize_weights.ts";
import { weightGradients } from "../ops/weight_gradients.ts";
import { encodeFormat, FORMAT_COLUMNS } from "../quant/format_table.ts";
import type { WeightFormat } from "../quant/quantizer.ts";
import type { Parameter, ParameterLayout, Shard } from "../tensor/parameter.ts";
import { constant, elementCount, type Location, Value } from "../tensor/value.ts";
import { groupCount } from "./granularity.ts";
import { appendRows } from "./row_table.ts";
import {
  imageSize,
  type QuantizedWeight,
  type WeightImage,
  weightImage,
  wordsPerRow,
} from "./weight_image.ts";

/** Threshold of one weight matrix, which may change from step to step. */
export interface WeightThreshold {
  /** Name of the matrix in the state dict. */
  readonly name: string;
  /** τ to begin with. */
  readonly initial: number;
  /** Where it lies, one f32. */
  readonly location: Location;
}

/** One weight matrix: what the rows of a table share. */
interface Matrix {
  /** In the state dict. */
  readonly name: string;
  readonly format: WeightFormat;
  readonly elements: number;
  readonly threshold: number;
}

/** The quantized weights of one parameter buffer. */
interface CodeShard {
  readonly shard: Shard;
  readonly rows: number[];
  readonly matrices: Matrix[];
  readonly weights: QuantizedWeight[];
  /** Whether several rows share a learned scale. */
  sharedScales: boolean;
  words: number;
  scales: number;
}

/** Which work a shard needs. */
interface Traits {
  /** Scales made of medians. */
  readonly medians: boolean;
  /** Gradients that do not pass straight through. */
  readonly gradients: boolean;
  /** Learned scales of several rows. */
  readonly sharedScales: boolean;
}

/** Lays out codes and scales beside a parameter layout and quantizes them together. */
export class WeightCodes {
  readonly #images = new Map<Parameter, WeightImage>();
  readonly #thresholds: WeightThreshold[] = [];
  readonly #shards: {
    readonly shard: Shard;
    readonly tables: WeightTables;
    readonly codes: BufferSpec;
    readonly scales: BufferSpec;
    readonly traits: Traits;
  }[] = [];

  /**
   * Reserves buffers for the codes and scales of `weights`, empty until the first {@link quantize}.
   *
   * @param layout Where the parameters lie.
   * @throws {TypeError} If a weight has 32 bits.
   */
  constructor(layout: ParameterLayout, weights: readonly QuantizedWeight[]) {
    const groups = new Map<Shard, CodeShard>();
    for (const weight of weights) {
      const { shard } = layout.placement(weight.parameter);
      let group = groups.get(shard);
      if (!group) {
        group = {
          shard,
          rows: [],
          matrices: [],
          weights: [],
          sharedScales: false,
          words: 0,
          scales: 0,
        };
        groups.set(shard, group);
      }
      appendWeight(group, layout, weight);
    }
    for (const group of groups.values()) this.#place(group);
  }

  #place(group: CodeShard): void {
    const { rows, matrices } = group;
    const codes: BufferSpec = { label: "weight codes", byteLength: group.words * 4 };
    const scales: BufferSpec = { label: "weight scales", byteLength: group.scales * 4 };
    const tables: WeightTables = {
      rows: constant(
        "weight rows",
        [rows.length / ROW_TABLE_COLUMNS, ROW_TABLE_COLUMNS],
        Uint32Array.from(rows),
      ),
      formats: constant(
        "weight formats",
        [matrices.length, FORMAT_COLUMNS],
        Float32Array.from(
          matrices.flatMap(({ format, elements }) => encodeFormat(format, elements)),
        ),
      ),
      thresholds: constant(
        "weight thresholds",
        [matrices.length],
        Float32Array.from(matrices, ({ threshold }) => threshold),
      ),
    };
    const { buffer } = tables.thresholds.location!;
    matrices.forEach(({ name, format, threshold: initial }, matrix) => {
      if (format.rounding !== "threshold") return;
      this.#thresholds.push({ name, initial, location: { buffer, byteOffset: 4 * matrix } });
    });
    const formats = matrices.map(({ format }) => format);
    const traits: Traits = {
      medians: formats.some(({ statistic, learned }) => statistic === "medianAbsolute" && !learned),
      gradients: formats.some(({ clip, learned }) => clip || learned),
      sharedScales: group.sharedScales,
    };
    this.#shards.push({ shard: group.shard, tables, codes, scales, traits });
    let word = 0;
    let scale = 0;
    for (const weight of group.weights) {
      this.#images.set(weight.parameter, weightImage(weight, { codes, word, scales, scale }));
      const size = imageSize(weight);
      word += size.words;
      scale += size.scales;
    }
  }

  /** The buffers of codes, scales and thresholds, which outlive any one plan. */
  get specs(): BufferSpec[] {
    return this.#shards.flatMap((
      { codes, scales, tables },
    ) => [codes, scales, tables.thresholds.location!.buffer]);
  }

  /** The threshold of every matrix that is rounded by one. */
  get thresholds(): readonly WeightThreshold[] {
    return this.#thresholds;
  }

  /** The codes of every weight that is quantized. */
  get images(): ReadonlyMap<Parameter, WeightImage> {
    return this.#images;
  }

  /**
   * The codes of a weight, as the last {@link quantize} in the running plan left them.
   *
   * @throws {TypeError} If it is not one of the weights.
   */
  image(parameter: Parameter): WeightImage {
    const image = this.#images.get(parameter);
    if (!image) throw new TypeError(`Cannot find codes of ${parameter.name}: it is not quantized`);
    return image;
  }

  /** Appends the nodes that renew all codes; roots for the plan. Empty for a float model. */
  quantize(): Value[] {
    return this.#shards.flatMap(({ shard, tables, codes, scales, traits: { medians } }) => {
      const outputs = quantizeWeights(flat(shard.parameters, shard.length), tables, {
        codeWords: codes.byteLength / 4,
        scaleCount: scales.byteLength / 4,
        medians,
      });
      outputs[0].location = { buffer: codes, byteOffset: 0 };
      outputs[1].location = { buffer: scales, byteOffset: 0 };
      return outputs;
    });
  }

  /**
   * Appends the nodes that make, in the gradient buffers, gradients of the quantized weights those of the latent weights
   * and learned scales; roots for the plan, after the backward passes of all micro-batches. Empty where every gradient
   * passes straight through.
   */
  finishGradients(): Value[] {
    return this.#shards.flatMap(({ shard, tables, codes, scales, traits }) => {
      if (!traits.gradients) return [];
      const image = {
        codes: new Value({ shape: [codes.byteLength / 4], dtype: "u32" }, {
          location: { buffer: codes, byteOffset: 0 },
        }),
        scales: flat(scales, scales.byteLength / 4),
      };
      return weightGradients(
        flat(shard.parameters, shard.length),
        tables,
        image,
        flat(shard.gradients, shard.length),
        { sharedScales: traits.sharedScales },
      );
    });
  }
}

/** A whole buffer of floats. */
function flat(buffer: BufferSpec, length: number): Value {
  return new Value({ shape: [length], dtype: "f32" }, { location: { buffer, byteOffset: 0 } });
}

/** Appends the rows of a weight; a part of a fused weight (say, query) is a matrix of its own. */
function appendWeight(group: CodeShard, layout: ParameterLayout, weight: QuantizedWeight): void {
  const { parameter, learnedScales, quantization } = weight;
  const { weightQuantizer, weightBits, weightGranularity, weightThreshold } = quantization;
  if (!weightQuantizer) {
    throw new TypeError(`Cannot quantize ${parameter.name}: its weights have 32 bits`);
  }
  const format = weightQuantizer.format(weightBits);
  if (format.learned && !learnedScales) {
    throw new TypeError(`Cannot quantize ${parameter.name}: its learned scales are missing`);
  }
  const { offset } = layout.placement(parameter);
  const [allRows, columns] = parameter.shape;
  const shared = weightGranularity === "tensor";
  let learned = learnedScales && layout.placement(learnedScales).offset;
  let row = 0;
  for (const { name, shape } of parameter.parts) {
    const [rows] = shape;
    appendRows(group.rows, {
      rows,
      columns,
      granularity: weightGranularity,
      offset: offset + row * columns,
      word: group.words + row * wordsPerRow(columns),
      scale: group.scales + row,
      scaleStride: allRows,
      matrix: group.matrices.length,
      learned,
    });
    if (learned !== undefined) {
      learned += shared ? 1 : rows * groupCount(weightGranularity, columns);
    }
    row += rows;
    const elements = elementCount(shape);
    group.matrices.push({ name, format, elements, threshold: weightThreshold ?? 0 });
  }
  group.sharedScales ||= learnedScales !== undefined && shared;
  group.weights.push(weight);
  const size = imageSize(weight);
  group.words += size.words;
  group.scales += size.scales;
}

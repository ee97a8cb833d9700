/**
 * Integer codes of all quantized weights of a model, renewed once per step.
 *
 * @module
 */
import { BINDING_ALIGNMENT_BYTES, type BufferSpec } from "../device/device.ts";
import { quantizeWeights, ROW_TABLE_COLUMNS, type WeightTables } from "../ops/quantize_weights.ts";
import { encodeFormat, FORMAT_COLUMNS } from "../quant/format_table.ts";
import type { WeightFormat } from "../quant/quantizer.ts";
import {
  type Parameter,
  ParameterCodes,
  type ParameterLayout,
  type Shard,
} from "../tensor/parameter.ts";
import { constant, type Location, Value } from "../tensor/value.ts";
import type { Quantization } from "./quantization.ts";

/** A weight matrix that has to be quantized, and how. */
export interface QuantizedWeight {
  /** The latent weights, (N, K). */
  readonly parameter: Parameter;
  /** Width, scheme and granularity of their codes. */
  readonly quantization: Quantization;
}

/** Codes and steps of one weight matrix: Ŵ[n, k] = codes[n, k] · steps[n]. */
export interface WeightImage {
  /** (N, K) i8. */
  readonly codes: ParameterCodes;
  /** (N) f32, equal within a group. */
  readonly steps: Value;
}

/** Threshold of one weight matrix, which may change from step to step. */
export interface WeightThreshold {
  /** Name of the matrix in the state dict. */
  readonly name: string;
  /** τ to begin with. */
  readonly initial: number;
  /** Where it lies, one f32. */
  readonly location: Location;
}

const ALIGNMENT = BINDING_ALIGNMENT_BYTES / 4;
const align = (elements: number) => Math.ceil(elements / ALIGNMENT) * ALIGNMENT;

/** The quantized weights of one parameter buffer. */
interface CodeShard {
  readonly shard: Shard;
  readonly rows: number[];
  /** One per matrix, as thresholds and names. */
  readonly formats: WeightFormat[];
  readonly thresholds: number[];
  readonly names: string[];
  readonly parameters: Parameter[];
  words: number;
  steps: number;
}

/** Lays out codes and steps beside a parameter layout and quantizes them together. */
export class WeightCodes {
  readonly #images = new Map<Parameter, WeightImage>();
  readonly #thresholds: WeightThreshold[] = [];
  readonly #shards: {
    readonly shard: Shard;
    readonly tables: WeightTables;
    readonly medians: boolean;
    readonly codes: BufferSpec;
    readonly steps: BufferSpec;
  }[] = [];

  /**
   * Reserves buffers for the codes and steps of `weights`, empty until the first {@link quantize}.
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
          formats: [],
          thresholds: [],
          names: [],
          parameters: [],
          words: 0,
          steps: 0,
        };
        groups.set(shard, group);
      }
      appendRows(group, layout, weight);
    }
    for (const group of groups.values()) this.#place(group);
  }

  #place(group: CodeShard): void {
    const { rows, formats, thresholds, names } = group;
    const codes: BufferSpec = { label: "weight codes", byteLength: group.words * 4 };
    const steps: BufferSpec = { label: "weight steps", byteLength: group.steps * 4 };
    const tables: WeightTables = {
      rows: constant(
        "weight rows",
        [rows.length / ROW_TABLE_COLUMNS, ROW_TABLE_COLUMNS],
        Uint32Array.from(rows),
      ),
      formats: constant(
        "weight formats",
        [formats.length, FORMAT_COLUMNS],
        Float32Array.from(formats.flatMap(encodeFormat)),
      ),
      thresholds: constant(
        "weight thresholds",
        [thresholds.length],
        Float32Array.from(thresholds),
      ),
    };
    const { buffer } = tables.thresholds.location!;
    formats.forEach(({ rounding }, matrix) => {
      if (rounding !== "threshold") return;
      const location = { buffer, byteOffset: 4 * matrix };
      this.#thresholds.push({ name: names[matrix], initial: thresholds[matrix], location });
    });
    const medians = formats.some(({ statistic }) => statistic === "medianAbsolute");
    this.#shards.push({ shard: group.shard, tables, medians, codes, steps });
    let word = 0;
    let step = 0;
    for (const parameter of group.parameters) {
      const [rows, columns] = parameter.shape;
      this.#images.set(parameter, {
        codes: new ParameterCodes(parameter, { buffer: codes, byteOffset: word * 4 }),
        steps: new Value({ shape: [rows], dtype: "f32" }, {
          location: { buffer: steps, byteOffset: step * 4 },
        }),
      });
      word += align(rows * Math.ceil(columns / 4));
      step += align(rows);
    }
  }

  /** The buffers of codes, steps and thresholds, which outlive any one plan. */
  get specs(): BufferSpec[] {
    return this.#shards.flatMap((
      { codes, steps, tables },
    ) => [codes, steps, tables.thresholds.location!.buffer]);
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
    return this.#shards.flatMap(({ shard, tables, medians, codes, steps }) => {
      const parameters = new Value({ shape: [shard.length], dtype: "f32" }, {
        location: { buffer: shard.parameters, byteOffset: 0 },
      });
      const outputs = quantizeWeights(parameters, tables, {
        codeWords: codes.byteLength / 4,
        stepCount: steps.byteLength / 4,
        medians,
      });
      outputs[0].location = { buffer: codes, byteOffset: 0 };
      outputs[1].location = { buffer: steps, byteOffset: 0 };
      return outputs;
    });
  }
}

/** One table row per weight row; a part of a fused weight (say, query) is a matrix of its own. */
function appendRows(group: CodeShard, layout: ParameterLayout, weight: QuantizedWeight): void {
  const { parameter, quantization } = weight;
  const { weightQuantizer, weightBits, weightGranularity, weightThreshold } = quantization;
  if (!weightQuantizer) {
    throw new TypeError(`Cannot quantize ${parameter.name}: its weights have 32 bits`);
  }
  const { offset } = layout.placement(parameter);
  const columns = parameter.shape[1];
  const words = Math.ceil(columns / 4);
  let row = 0;
  for (const part of parameter.parts) {
    const firstRow = group.rows.length / ROW_TABLE_COLUMNS;
    for (let i = 0; i < part.shape[0]; i++, row++) {
      const perRow = weightGranularity === "row";
      group.rows.push(
        offset + row * columns,
        columns,
        group.words + row * words,
        group.steps + row,
        perRow ? firstRow + i : firstRow,
        perRow ? 1 : part.shape[0],
        group.formats.length,
        0,
      );
    }
    group.formats.push(weightQuantizer.format(weightBits));
    group.thresholds.push(weightThreshold ?? 0);
    group.names.push(part.name);
  }
  group.parameters.push(parameter);
  group.words += align(row * words);
  group.steps += align(row);
}

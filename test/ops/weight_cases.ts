/**
 * Matrices of awkward shapes, one of each for every scheme, width and granularity.
 *
 * @module
 */
import assert from "node:assert/strict";
import { makeQuantization, type Quantization } from "../../src/nn/quantization.ts";
import type { QuantizedWeight } from "../../src/nn/weight_image.ts";
import { learnedScales } from "../../src/nn/weight_scales.ts";
import { registerWeightQuantizer, weightQuantizers } from "../../src/quant/schemes.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { normal } from "./sweep.ts";

/** What no quantizer in the list uses. */
registerWeightQuantizer({
  name: "unused-parts",
  widths: [2, 3, 4, 5],
  format(bits) {
    switch (bits) {
      case 2:
        return { statistic: "rootMeanSquare", divisor: 2, rounding: "sign", codes: [-1, 1] };
      case 3:
        return { statistic: "maxAbsolute", divisor: 3, rounding: "threshold", codes: [-1, 1] };
      case 4:
        return {
          statistic: "rootMeanSquare",
          divisor: 2.5,
          minimum: 0.25,
          rounding: "nearest",
          codes: [-8, 7],
          clip: [-0.5, 1.5],
        };
      default:
        return {
          statistic: "medianAbsolute",
          learned: { startDivisor: 1, gradientLevels: 3, saturated: [-0.25, 0.75] },
          divisor: 3,
          rounding: "nearest",
          codes: [-15, 15],
          clip: [-1, 2],
        };
    }
  },
});

/** Every scheme at every width, per tensor, per row and per group. */
export function allQuantizations(): Quantization[] {
  return weightQuantizers.flatMap(({ name, widths }) =>
    widths.flatMap((weightBits) =>
      ["tensor", "row", "group:32"].map((weightGranularity) =>
        makeQuantization({ weightBits, weightScheme: name, weightGranularity })
      )
    )
  );
}

/**
 * Three projections of 3, 2 and 2 rows over 7 inputs, then matrices of 5 × 12, 1 × 1 and 19 × 65: of groups of 32, a row
 * of 65 has two and one weight more.
 */
const SHAPES: readonly (readonly [string, number[]][])[] = [
  [["q", [3, 7]], ["k", [2, 7]], ["v", [2, 7]]],
  [["o", [5, 12]]],
  [["one", [1, 1]]],
  [["large", [19, 65]]],
];

/** A matrix, perhaps of several parts, and its data. */
export interface WeightCase extends QuantizedWeight {
  readonly data: Float32Array;
  /** Parameters of learned scales. */
  readonly learned: Float32Array | undefined;
}

/** Every shape for every scheme, width and granularity. */
export function weightCases(): WeightCase[] {
  const pairs = allQuantizations().flatMap((quantization) =>
    SHAPES.map((parts) => ({ quantization, parts }))
  );
  return pairs.map(({ quantization, parts }, index) => {
    const parameter = new Parameter({
      parts: parts.map(([name, shape]) => ({ name, shape })),
      initializer: { kind: "constant", value: 0 },
      decay: true,
    });
    // Not centred, so that the mean matters; a third of the matrices has an outlier.
    const data = Float32Array.from(
      normal(parameter.size, 90 + index),
      (w, i) => 0.05 * (w + 0.2) * (i === 1 && index % 3 === 0 ? 20 : 1),
    );
    const scales = learnedScales(parameter, quantization);
    // Smaller than they start, so that weights are clamped; some too small, some negative.
    const factors = [0.6, 1e-7, -0.5, 0.8, 0.9];
    const learned = scales?.initializer.kind === "derived"
      ? scales.initializer.derive(data).map((start, i) => start * factors[i % 5])
      : undefined;
    return { parameter, quantization, learnedScales: scales, data, learned };
  });
}

/** The parameters of the cases, in the order of a model: scales behind their weights. */
export function parametersOf(cases: readonly WeightCase[]): Parameter[] {
  return cases.flatMap(({ parameter, learnedScales: scales }) =>
    scales ? [parameter, scales] : [parameter]
  );
}

/** Weights that share a scale, consecutive in memory. */
export interface WeightGroup {
  /** Of the matrix they belong to. */
  readonly name: string;
  /** First weight within the parameter. */
  readonly start: number;
  readonly rows: number;
  /** Weights of a row. */
  readonly columns: number;
  /** First row within the parameter. */
  readonly row: number;
  /** Which group of its row. */
  readonly group: number;
}

/** The groups of a parameter, in the order of their scales in the state dict. */
export function groupsOf(
  parameter: Parameter,
  { weightGranularity }: Quantization,
): WeightGroup[] {
  const [, K] = parameter.shape;
  const size = weightGranularity === "group:32" ? 32 : K;
  let row = 0;
  return parameter.parts.flatMap(({ name, shape: [rows] }) => {
    const first = row;
    row += rows;
    if (weightGranularity === "tensor") {
      return [{ name, start: first * K, rows, columns: K, row: first, group: 0 }];
    }
    return Array.from(
      { length: rows },
      (_, i) =>
        Array.from({ length: Math.ceil(K / size) }, (_, group) => ({
          name,
          start: (first + i) * K + group * size,
          rows: 1,
          columns: Math.min(size, K - group * size),
          row: first + i,
          group,
        })),
    ).flat();
  });
}

/** Weights in so many buffers, the last of them smaller. */
export function layoutInShards(
  parameters: readonly Parameter[],
  shards: number,
  maxBindingBytes: number,
): ParameterLayout {
  const { shards: [{ length }] } = new ParameterLayout(parameters, maxBindingBytes);
  const layout = new ParameterLayout(parameters, 4 * Math.ceil(length / shards) + 16384);
  assert.equal(layout.shards.length, shards);
  return layout;
}

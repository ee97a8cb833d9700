/**
 * Codes and scales of a weight matrix, and where they lie.
 *
 * @module
 */
import { BINDING_ALIGNMENT_BYTES, type BufferSpec } from "../device/device.ts";
import { type Parameter, ParameterValue } from "../tensor/parameter.ts";
import { Value } from "../tensor/value.ts";
import { groupCount, groupSize } from "./granularity.ts";
import type { Quantization } from "./quantization.ts";

/** A weight matrix that has to be quantized, and how. */
export interface QuantizedWeight {
  /** The latent weights, (N, K). */
  readonly parameter: Parameter;
  /** The parameter of its scales, from `learnedScales`; undefined where they are not learned. */
  readonly learnedScales?: Parameter;
  /** Width, scheme and granularity of their codes. */
  readonly quantization: Quantization;
}

/** Codes and scales of one weight matrix: Ŵ[n, k] = codes[n, k] · scales[n], or scales[⌊k / groupSize⌋, n]. */
export interface WeightImage {
  /** (N, K) i8. */
  readonly codes: ParameterValue;
  /** (N) f32, or (groups, N) where rows are divided into groups. */
  readonly scales: Value;
  /** Weights of a row that share a scale; 0 where a row is not divided. */
  readonly groupSize: number;
  /** Magnitude that no code exceeds. */
  readonly largestCode: number;
}

/** Where an image lies. */
export interface ImagePlace {
  /** The buffer of its codes. */
  readonly codes: BufferSpec;
  /** Its first word in there. */
  readonly word: number;
  /** The buffer of its scales. */
  readonly scales: BufferSpec;
  /** Its first scale in there. */
  readonly scale: number;
}

const ALIGNMENT = BINDING_ALIGNMENT_BYTES / 4;
const align = (elements: number) => Math.ceil(elements / ALIGNMENT) * ALIGNMENT;

/** What an image takes, gaps to the next one included. */
export function imageSize(
  { parameter, quantization }: QuantizedWeight,
): { readonly words: number; readonly scales: number } {
  const [rows, columns] = parameter.shape;
  return {
    words: align(rows * wordsPerRow(columns)),
    scales: align(groupCount(quantization.weightGranularity, columns) * rows),
  };
}

/** Words of a row of codes. */
export function wordsPerRow(columns: number): number {
  return Math.ceil(columns / 4);
}

/**
 * The image of a weight at a place.
 *
 * @throws {TypeError} If the weight has 32 bits.
 */
export function weightImage(
  { parameter, quantization }: QuantizedWeight,
  { codes, word, scales, scale }: ImagePlace,
): WeightImage {
  const { weightQuantizer, weightBits, weightGranularity } = quantization;
  if (!weightQuantizer) {
    throw new TypeError(`Cannot quantize ${parameter.name}: its weights have 32 bits`);
  }
  const [rows, columns] = parameter.shape;
  const groups = groupCount(weightGranularity, columns);
  return {
    codes: new ParameterValue(parameter, { buffer: codes, byteOffset: word * 4 }, "i8"),
    scales: new Value({ shape: groups > 1 ? [groups, rows] : [rows], dtype: "f32" }, {
      location: { buffer: scales, byteOffset: scale * 4 },
    }),
    groupSize: groups > 1 ? groupSize(weightGranularity) : 0,
    largestCode: Math.max(...weightQuantizer.format(weightBits).codes.map(Math.abs)),
  };
}

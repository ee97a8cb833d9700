/**
 * How large a model is.
 *
 * @module
 */
import type { QuantizedWeight } from "../nn/weight_image.ts";
import { scaleShape } from "../nn/weight_scales.ts";
import { packedCodeBytes } from "../quant/packing.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { elementCount } from "../tensor/value.ts";
import type { ModelFamily } from "./family.ts";
import type { ModelConfig } from "./model.ts";

/** Sizes of a model. */
export interface ModelSize {
  /** Trainable numbers. */
  readonly parameters: number;
  /** Those of them that are quantized. */
  readonly quantizedParameters: number;
  /** All of them in float32. */
  readonly floatBytes: number;
  /**
   * With packed codes (1.6 bits each where they are ternary, whole bits else), one float32 scale for each group of weights,
   * and all else in float32.
   */
  readonly packedBytes: number;
}

/** What of a model its size depends on. */
export interface SizedNetwork {
  /** Every parameter. */
  readonly parameters: readonly Parameter[];
  /** The weights that are quantized. */
  readonly quantizedWeights: readonly QuantizedWeight[];
}

/** The sizes of a model. */
export function networkSize({ parameters, quantizedWeights }: SizedNetwork): ModelSize {
  const count = (list: readonly Parameter[]) => list.reduce((sum, { size }) => sum + size, 0);
  const all = count(parameters);
  const quantized = count(quantizedWeights.map(({ parameter }) => parameter));
  const scales = count(quantizedWeights.flatMap(({ learnedScales }) => learnedScales ?? []));
  const packed = quantizedWeights.reduce((sum, weight) => sum + packedBytes(weight), 0);
  return {
    parameters: all,
    quantizedParameters: quantized,
    floatBytes: all * 4,
    packedBytes: packed + (all - quantized - scales) * 4,
  };
}

/** Bytes of the packed codes of a weight and their scales. */
function packedBytes({ parameter, quantization }: QuantizedWeight): number {
  return parameter.matrices.reduce((sum, { shape }) => {
    const codes = packedCodeBytes(...shape, quantization.weightBits);
    return sum + codes + 4 * elementCount(scaleShape(shape, quantization));
  }, 0);
}

/** The sizes of the model of a configuration. */
export function modelSize<C extends ModelConfig>(family: ModelFamily<C>, config: C): ModelSize {
  return networkSize(family.network(config));
}

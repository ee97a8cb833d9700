/**
 * How large a model is.
 *
 * @module
 */
import { elementCount } from "../tensor/value.ts";
import { TextModel } from "./text.ts";
import type { TextConfig } from "./text_config.ts";

/** Sizes of a model. */
export interface ModelSize {
  /** Trainable numbers. */
  readonly parameters: number;
  /** Those of them that are quantized. */
  readonly quantizedParameters: number;
  /** All of them in float32. */
  readonly floatBytes: number;
  /** With the quantized ones at their width and the others in float32. */
  readonly packedBytes: number;
}

/** The sizes of the model of a configuration. */
export function modelSize(config: TextConfig): ModelSize {
  const network = new TextModel(config);
  const count = (list: readonly { readonly shape: readonly number[] }[]) =>
    list.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const parameters = count(network.parameters);
  const quantizedParameters = count(network.quantizedWeights.map(({ parameter }) => parameter));
  const { weightBits } = config.quantization;
  const bits = quantizedParameters * weightBits + (parameters - quantizedParameters) * 32;
  return {
    parameters,
    quantizedParameters,
    floatBytes: parameters * 4,
    packedBytes: Math.ceil(bits / 8),
  };
}

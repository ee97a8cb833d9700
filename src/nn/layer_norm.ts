/**
 * Layer normalization, with the quantizer that follows it.
 *
 * @module
 */
import { layerNorm, layerNormQuantize } from "../ops/layer_norm.ts";
import { Parameter } from "../tensor/parameter.ts";
import type { Value } from "../tensor/value.ts";
import type { Trace } from "./trace.ts";

/**
 * y = w · (x − mean(x)) / √(variance(x) + ε) + b, over the last dimension.
 *
 * @see Ba et al., "Layer Normalization", arXiv 1607.06450
 */
export class LayerNorm {
  /** w (C), the gain; it starts at 1 and does not decay. */
  readonly weight: Parameter;
  /** b (C); it starts at 0 and does not decay. */
  readonly bias: Parameter;
  /** ε, added to the variance. */
  readonly epsilon: number;

  /**
   * A norm of some width.
   *
   * @param name Name of its module in the state dict.
   * @param features C, the size of the last dimension.
   */
  constructor(name: string, features: number, epsilon: number) {
    const parameter = (part: string, value: number) =>
      new Parameter({
        parts: [{ name: `${name}.${part}`, shape: [features] }],
        initializer: { kind: "constant", value },
        decay: false,
      });
    this.weight = parameter("weight", 1);
    this.bias = parameter("bias", 0);
    this.epsilon = epsilon;
  }

  /** Gain and bias. */
  get parameters(): Parameter[] {
    return [this.weight, this.bias];
  }

  /**
   * Normalizes every row.
   *
   * @param x (…, C) f32.
   * @param trace Has gain and bias.
   * @returns (…, C) f32.
   */
  call(x: Value, { weights }: Trace): Value {
    const eps = this.epsilon;
    return layerNorm(x, weights.float(this.weight), weights.float(this.bias), { eps });
  }

  /**
   * Normalizes and quantizes per token, in one pass.
   *
   * @param x (…, C) f32.
   * @param bits Width of the codes, 2 to 8.
   * @param trace Has gain and bias.
   * @returns (…, C) i8 and one scale per row.
   */
  quantize(x: Value, bits: number, { weights }: Trace): { codes: Value; scales: Value } {
    const options = { eps: this.epsilon, bits };
    return layerNormQuantize(x, weights.float(this.weight), weights.float(this.bias), options);
  }
}

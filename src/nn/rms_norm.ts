/**
 * RMS normalisation, with the quantizer that follows it.
 *
 * @module
 */
import { rmsNorm, rmsNormQuantize } from "../ops/rms_norm.ts";
import { Parameter } from "../tensor/parameter.ts";
import type { Value } from "../tensor/value.ts";
import type { Activations } from "./linear.ts";

/** Gated activation in front of a norm. */
export type GatedActivation = "silu" | "relu2";

/**
 * y = w · x / √(mean(x²) + ε), over the last dimension.
 *
 * @see Zhang and Sennrich, "Root Mean Square Layer Normalization", arXiv 1910.07467
 */
export class RmsNorm {
  /** w (C), the gain; it starts at 1 and does not decay. */
  readonly weight: Parameter;
  /** ε, added to the mean square. */
  readonly epsilon: number;

  /**
   * A norm whose gain a {@link ParameterLayout} has yet to place.
   *
   * @param name Name of the gain in the state dict.
   * @param features C, the size of the last dimension.
   */
  constructor(name: string, features: number, epsilon: number) {
    this.weight = new Parameter({
      parts: [{ name, shape: [features] }],
      initializer: { kind: "constant", value: 1 },
      decay: false,
    });
    this.epsilon = epsilon;
  }

  /**
   * Normalises every row.
   *
   * @param x (…, C) f32.
   * @returns (…, C) f32.
   */
  call(x: Value): Value {
    return rmsNorm(x, this.weight, { eps: this.epsilon });
  }

  /**
   * Normalises and, below 32 bits, quantizes per token, in one pass.
   *
   * @param x (…, C) f32, or (…, 2C) = gate and up halves with `glu`.
   * @param bits Width of the codes, 2 to 8; 32 does not quantize.
   * @param glu Normalise act(gate)·up instead of x.
   * @returns (…, C), as codes with one step per row, or as float.
   */
  quantize(x: Value, bits: number, glu?: GatedActivation): Activations {
    if (bits === 32) {
      return { kind: "float", value: rmsNorm(x, this.weight, { eps: this.epsilon, glu }) };
    }
    return { kind: "codes", ...rmsNormQuantize(x, this.weight, { eps: this.epsilon, bits, glu }) };
  }
}

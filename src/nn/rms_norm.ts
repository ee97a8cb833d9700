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

/** y = w · x / √(mean(x²) + ε), over the last dimension. */
export class RmsNorm {
  readonly weight: Parameter;
  readonly epsilon: number;

  constructor(name: string, features: number, epsilon: number) {
    this.weight = new Parameter({
      parts: [{ name, shape: [features] }],
      initializer: { kind: "constant", value: 1 },
      decay: false,
    });
    this.epsilon = epsilon;
  }

  /** @param x (…, C) @returns (…, C) */
  call(x: Value): Value {
    return rmsNorm(x, this.weight, { eps: this.epsilon });
  }

  /**
   * Normalises and, below 32 bits, quantizes per token, in one pass.
   *
   * @param x (…, C), or (…, 2C) = gate and up halves with `glu`
   * @param glu Normalise act(gate)·up instead of x.
   */
  quantize(x: Value, bits: number, glu?: GatedActivation): Activations {
    if (bits === 32) {
      return { kind: "float", value: rmsNorm(x, this.weight, { eps: this.epsilon, glu }) };
    }
    return { kind: "codes", ...rmsNormQuantize(x, this.weight, { eps: this.epsilon, bits, glu }) };
  }
}

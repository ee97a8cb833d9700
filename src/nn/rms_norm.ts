/**
 * RMS normalization, with the quantizer that follows it.
 *
 * @module
 */
import { quantizeTensor } from "../ops/quantize_tensor.ts";
import { rmsNorm, rmsNormPeaks, rmsNormQuantize } from "../ops/rms_norm.ts";
import { Parameter } from "../tensor/parameter.ts";
import type { Value } from "../tensor/value.ts";
import type { Activations } from "./linear.ts";
import type { Quantization } from "./quantization.ts";
import type { Trace } from "./trace.ts";

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
   * A norm of some width.
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
   * Normalizes every row.
   *
   * @param x (…, C) f32.
   * @param trace Has the gain.
   * @returns (…, C) f32.
   */
  call(x: Value, { weights }: Trace): Value {
    return rmsNorm(x, weights.float(this.weight), { eps: this.epsilon });
  }

  /** Name of its module in the state dict. */
  get name(): string {
    return this.weight.name.replace(/\.weight$/, "");
  }

  /**
   * Normalizes and, where activations are quantized, quantizes: per token in the same pass, or the tensor
   * to a running maximum.
   *
   * @param x (…, C) f32, or (…, 2C) = gate and up halves with `glu`.
   * @param quantization Width and scheme of the codes; 32 bits are not quantized.
   * @param trace Whether quantizers act, the gain and the running maximum.
   * @param glu Normalize act(gate)·up instead of x.
   * @returns (…, C), as codes with one scale per row, or as float.
   */
  quantize(
    x: Value,
    { activationBits: bits, activationScheme }: Quantization,
    trace: Trace,
    glu?: GatedActivation,
  ): Activations {
    const { epsilon: eps } = this;
    const weight = trace.weights.float(this.weight);
    if (!trace.quantized || bits === 32) {
      return { kind: "float", value: rmsNorm(x, weight, { eps, glu }) };
    }
    if (activationScheme === "ema_tensor") {
      const { y, peaks } = rmsNormPeaks(x, weight, { eps, glu });
      const options = { bits, training: trace.training };
      const range = trace.weights.range(this);
      return { kind: "codes", ...quantizeTensor(y, peaks, range, options) };
    }
    return { kind: "codes", ...rmsNormQuantize(x, weight, { eps, bits, glu }) };
  }
}

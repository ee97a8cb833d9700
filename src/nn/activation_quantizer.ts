/**
 * Quantization of what goes into a linear layer.
 *
 * @module
 */
import { activation, type ActivationKind } from "../ops/activation.ts";
import { activationQuantize } from "../ops/activation_quantize.ts";
import { quantizeActivations } from "../ops/quantize_activations.ts";
import { quantizeTensor } from "../ops/quantize_tensor.ts";
import { rowPeaks } from "../ops/row_peaks.ts";
import type { Value } from "../tensor/value.ts";
import type { LayerNorm } from "./layer_norm.ts";
import type { Activations } from "./linear.ts";
import type { Quantization } from "./quantization.ts";
import type { Trace } from "./trace.ts";

/**
 * The quantizer in front of one linear layer: per token, in one pass with what comes before it, or the whole tensor to
 * a running maximum. Where nothing is quantized it passes floats.
 */
export class ActivationQuantizer {
  /**
   * The quantizer of a layer.
   *
   * @param name Name of the layer's module in the state dict.
   */
  constructor(
    readonly name: string,
    /** Width and scheme of the codes; 32 bits are not quantized. */
    readonly quantization: Quantization,
  ) {}

  /**
   * Quantizes a tensor as it is.
   *
   * @param x (…, C) f32.
   * @returns (…, C), as codes with one scale per row, or as float.
   */
  call(x: Value, trace: Trace): Activations {
    return this.#quantize(trace, () => x, (bits) => quantizeActivations(x, { bits }));
  }

  /**
   * Quantizes act(x).
   *
   * @param x (…, C) f32.
   * @returns (…, C), as codes with one scale per row, or as float.
   */
  activated(x: Value, kind: ActivationKind, trace: Trace): Activations {
    const quantized = (bits: number) => activationQuantize(x, { kind, bits });
    return this.#quantize(trace, () => activation(x, kind), quantized);
  }

  /**
   * Quantizes norm(x).
   *
   * @param x (…, C) f32.
   * @returns (…, C), as codes with one scale per row, or as float.
   */
  normalized(x: Value, norm: LayerNorm, trace: Trace): Activations {
    const quantized = (bits: number) => norm.quantize(x, bits, trace);
    return this.#quantize(trace, () => norm.call(x, trace), quantized);
  }

  /**
   * @param float Computes what is quantized.
   * @param quantized Computes it and quantizes it per token.
   */
  #quantize(
    trace: Trace,
    float: () => Value,
    quantized: (bits: number) => { codes: Value; scales: Value },
  ): Activations {
    const { activationBits: bits, activationScheme } = this.quantization;
    if (!trace.quantized || bits === 32) return { kind: "float", value: float() };
    if (activationScheme !== "ema_tensor") return { kind: "codes", ...quantized(bits) };
    const value = float();
    const options = { bits, training: trace.training };
    const range = trace.weights.range(this);
    return { kind: "codes", ...quantizeTensor(value, rowPeaks(value), range, options) };
  }
}

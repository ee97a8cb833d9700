/**
 * Linear layers: float, and BitLinear.
 *
 * @module
 */
import { bitLinear } from "../ops/bitlinear.ts";
import { linear } from "../ops/linear.ts";
import { Parameter } from "../tensor/parameter.ts";
import type { Shape, Value } from "../tensor/value.ts";
import type { Quantization } from "./quantization.ts";
import type { Trace } from "./trace.ts";
import type { QuantizedWeight } from "./weight_image.ts";
import { learnedScales } from "./weight_scales.ts";

/** What a linear layer takes: a float tensor, or integer codes with one scale per token. */
export type Activations =
  | { readonly kind: "float"; readonly value: Value }
  | { readonly kind: "codes"; readonly codes: Value; readonly scales: Value };

/** Shape and start of a linear layer. */
export interface LinearOptions {
  /** One state-dict name and output size per matrix; several share one product. */
  readonly outputs: readonly { readonly name: string; readonly features: number }[];
  /** K, the columns of every matrix. */
  readonly inputFeatures: number;
  /** Of the normal distribution, of mean 0, that the weights start from. */
  readonly standardDeviation: number;
  /** Whether something is added to every output; it starts at 0. Default no. */
  readonly bias?: boolean;
  /** Shape of each matrix in the state dict, a convolution kernel say; default (features, inputFeatures). */
  readonly storedShape?: Shape;
}

function weightParameter(options: LinearOptions): Parameter {
  return new Parameter({
    parts: options.outputs.map(({ name, features }) => ({
      name,
      shape: options.storedShape ?? [features, options.inputFeatures],
    })),
    initializer: { kind: "normal", standardDeviation: options.standardDeviation },
    decay: true,
    columns: options.inputFeatures,
  });
}

function biasParameter({ outputs, bias = false }: LinearOptions): Parameter | undefined {
  if (!bias) return undefined;
  return new Parameter({
    parts: outputs.map(({ name, features }) => ({
      name: name.replace(/weight$/, "bias"),
      shape: [features],
    })),
    initializer: { kind: "constant", value: 0 },
    decay: false,
  });
}

/** y = x·Wᵀ + b in float32. */
export class Linear {
  /** W (N, K), the matrices one below the other. */
  readonly weight: Parameter;
  /** b (N); undefined where there is none. */
  readonly bias: Parameter | undefined;

  /** A layer of some shape. */
  constructor(options: LinearOptions) {
    this.weight = weightParameter(options);
    this.bias = biasParameter(options);
  }

  /** Weight and, if it has one, bias. */
  get parameters(): Parameter[] {
    return this.bias ? [this.weight, this.bias] : [this.weight];
  }

  /**
   * Applies the layer.
   *
   * @param x (…, K) f32.
   * @param trace Has the weights.
   * @returns (…, N) f32.
   */
  call(x: Value, { weights }: Trace): Value {
    return linear(x, weights.float(this.weight), undefined, this.bias && weights.float(this.bias));
  }
}

/**
 * y = x̂·Ŵᵀ + b with quantized activations x̂ and quantized weights Ŵ, summed in integers. With 32-bit weights
 * it is a float linear layer, so that a model is the same tree at every width.
 *
 * The norm and the activation quantizer in front of it belong to the layer before (`nn/rms_norm.ts`),
 * which does both in one pass.
 *
 * @see Ma et al., arXiv 2402.17764, section 2
 */
export class BitLinear {
  /** W (N, K), the latent float weights that training moves. */
  readonly weight: Parameter;
  /** b (N), float; undefined where there is none. */
  readonly bias: Parameter | undefined;
  /** The scales of Ŵ, where they are learned. */
  readonly scales: Parameter | undefined;
  /** How W becomes Ŵ; with 32-bit weights, not at all. */
  readonly quantization: Quantization;

  /** A layer of some shape. */
  constructor(options: LinearOptions & { readonly quantization: Quantization }) {
    this.weight = weightParameter(options);
    this.bias = biasParameter(options);
    this.quantization = options.quantization;
    this.scales = learnedScales(this.weight, options.quantization);
  }

  /** The weight, its scales where they are learned, and, if it has one, the bias. */
  get parameters(): Parameter[] {
    return [this.weight, this.scales, this.bias].filter((parameter) => parameter !== undefined);
  }

  /** The weight, if it has to be quantized before a step. */
  quantizedWeights(): QuantizedWeight[] {
    if (!this.quantization.weightQuantizer) return [];
    const { weight: parameter, scales: learnedScales, quantization } = this;
    return [{ parameter, learnedScales, quantization }];
  }

  /**
   * Applies the layer.
   *
   * @param x (…, K), from the norm in front of the layer.
   * @param trace Has the weights.
   * @param residual (…, N) f32, added to the result.
   * @returns (…, N) f32.
   */
  call(x: Activations, { weights }: Trace, residual?: Value): Value {
    const bias = this.bias && weights.float(this.bias);
    if (x.kind === "float") return linear(x.value, weights.float(this.weight), residual, bias);
    return bitLinear(x, weights.codes(this.weight), residual, bias);
  }
}

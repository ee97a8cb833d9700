/**
 * The Transformer block with norms in front (pre-LN), as image models and CLIP have it.
 *
 * @module
 */
import type { ActivationKind } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { attentionProbabilities } from "../ops/attention_probabilities.ts";
import { pool } from "../ops/pool.ts";
import type { Parameter } from "../tensor/parameter.ts";
import type { Value } from "../tensor/value.ts";
import { LayerNorm } from "./layer_norm.ts";
import type { Quantization } from "./quantization.ts";
import { QuantizedLinear } from "./quantized_linear.ts";
import { residual } from "./residual.ts";
import type { Trace } from "./trace.ts";

/** What the modules of a block are called in the state dict. */
export interface EncoderBlockNames {
  /** The norm in front of the attention. */
  readonly attentionNorm: string;
  /** Wq. */
  readonly query: string;
  /** Wₖ. */
  readonly key: string;
  /** Wᵥ. */
  readonly value: string;
  /** Wₒ. */
  readonly output: string;
  /** The norm in front of the feed-forward layer. */
  readonly feedForwardNorm: string;
  /** W_up. */
  readonly up: string;
  /** W_down. */
  readonly down: string;
}

/** Sizes of a block. */
export interface EncoderBlockOptions {
  /** C, the width of the residual stream. */
  readonly hiddenSize: number;
  /** F, the width of the feed-forward layer. */
  readonly intermediateSize: number;
  /** Attention heads; each is `hiddenSize / heads` wide. */
  readonly heads: number;
  /** Of the feed-forward layer. */
  readonly activation: ActivationKind;
  /** Whether a position sees only itself and those before it. */
  readonly causal: boolean;
  /** Whether Wq, Wₖ and Wᵥ have a bias. */
  readonly queryKeyValueBias: boolean;
  /** Added to the variance in every norm. */
  readonly layerNormEpsilon: number;
  /** Standard deviation that matrices start from. */
  readonly initializerRange: number;
  /** Of all linear layers. */
  readonly quantization: Quantization;
}

/** What a call of a block takes besides its input. */
export interface EncoderBlockCall {
  /** Share of the samples for which each branch is dropped; default 0. */
  readonly dropRate?: number;
  /** Behind the attention, compute the first position only: nobody reads the others. Default no. */
  readonly firstOnly?: boolean;
  /** Receives the attention probabilities, (B, H, T, T). */
  readonly onAttention?: (probabilities: Value) => void;
}

/**
 * A block:
 *
 *     h = x + Wₒ·attention(Wq·norm(x), Wₖ·norm(x), Wᵥ·norm(x))
 *     y = h + W_down·act(W_up·norm(h))
 *
 * where every W is a BitLinear layer with bias, every norm a layer norm, and what goes into a BitLinear layer is
 * quantized.
 */
export class EncoderBlock {
  /** In front of the attention, (C). */
  readonly attentionNorm: LayerNorm;
  /** Wq, Wₖ and Wᵥ as one matrix, (3C, C). */
  readonly queryKeyValue: QuantizedLinear;
  /** Wₒ (C, C). */
  readonly output: QuantizedLinear;
  /** In front of the feed-forward layer, (C). */
  readonly feedForwardNorm: LayerNorm;
  /** W_up (F, C). */
  readonly up: QuantizedLinear;
  /** W_down (C, F). */
  readonly down: QuantizedLinear;

  /** A block of some shape. */
  constructor(
    names: EncoderBlockNames,
    /** Sizes and quantization. */
    readonly options: EncoderBlockOptions,
  ) {
    const { hiddenSize, intermediateSize, layerNormEpsilon } = options;
    const norm = (name: string) => new LayerNorm(name, hiddenSize, layerNormEpsilon);
    const linear = (inputFeatures: number, features: number, outputs: string[], bias = true) =>
      new QuantizedLinear({
        inputFeatures,
        outputs: outputs.map((name) => ({ name: `${name}.weight`, features })),
        standardDeviation: options.initializerRange,
        bias,
        quantization: options.quantization,
      });
    this.attentionNorm = norm(names.attentionNorm);
    this.queryKeyValue = linear(
      hiddenSize,
      hiddenSize,
      [names.query, names.key, names.value],
      options.queryKeyValueBias,
    );
    this.output = linear(hiddenSize, hiddenSize, [names.output]);
    this.feedForwardNorm = norm(names.feedForwardNorm);
    this.up = linear(hiddenSize, intermediateSize, [names.up]);
    this.down = linear(intermediateSize, hiddenSize, [names.down]);
  }

  /** Its linear layers, in the order in which they run. */
  get linears(): QuantizedLinear[] {
    return [this.queryKeyValue, this.output, this.up, this.down];
  }

  /** Every parameter, in the order in which they are used. */
  get parameters(): Parameter[] {
    return [
      this.attentionNorm,
      this.queryKeyValue,
      this.output,
      this.feedForwardNorm,
      this.up,
      this.down,
    ].flatMap(({ parameters }) => parameters);
  }

  /**
   * Applies the block.
   *
   * @param x (B, T, C) f32, the residual stream.
   * @returns (B, T, C) f32, or (B, C) with `firstOnly`.
   */
  call(x: Value, trace: Trace, options: EncoderBlockCall = {}): Value {
    const { dropRate = 0, firstOnly = false, onAttention } = options;
    const { hiddenSize, heads, causal, activation } = this.options;
    const { queryKeyValue, output, up, down } = this;
    const shape = { heads, keyValueHeads: heads, headDim: hiddenSize / heads, causal };
    const kept = (value: Value) => firstOnly ? pool(value, "first") : value;

    const qkv = queryKeyValue.call(
      queryKeyValue.input.normalized(x, this.attentionNorm, trace),
      trace,
    );
    onAttention?.(attentionProbabilities(qkv, shape));
    const mixed = kept(attention(qkv, shape));
    const h = residual(output, output.input.call(mixed, trace), kept(x), trace, dropRate);

    const wide = up.call(up.input.normalized(h, this.feedForwardNorm, trace), trace);
    return residual(down, down.input.activated(wide, activation, trace), h, trace, dropRate);
  }
}

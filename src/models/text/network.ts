/**
 * The BitText language model: the BitNet b1.58 Transformer, as Hugging Face's `BitNetForCausalLM`.
 *
 * Each block is
 *
 *     h = x + Wₒ·norm(attention(rope(Wq·norm(x)), rope(Wₖ·norm(x)), Wᵥ·norm(x)))
 *     y = h + W_down·norm(act(W_gate·norm(h)) · W_up·norm(h))
 *
 * where every W is a BitLinear layer and every norm an RMS norm whose output is quantized, by default to 8
 * bits per token. Embedding, head and norms stay in float.
 *
 * @see Ma et al., "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764
 * @see Ma et al., "BitNet b1.58 2B4T Technical Report", arXiv 2504.12285 (sub-norms, relu²)
 * @module
 */
import { BitLinear, Linear } from "../../nn/linear.ts";
import { residual } from "../../nn/residual.ts";
import { RmsNorm } from "../../nn/rms_norm.ts";
import type { Trace } from "../../nn/trace.ts";
import type { QuantizedWeight } from "../../nn/weight_image.ts";
import { attention } from "../../ops/attention.ts";
import { dropout } from "../../ops/dropout.ts";
import { embedding } from "../../ops/embedding.ts";
import { linear } from "../../ops/linear.ts";
import { rope, ropeTable } from "../../ops/rope.ts";
import { takeRows } from "../../ops/take_rows.ts";
import { Parameter } from "../../tensor/parameter.ts";
import { constant, type Value } from "../../tensor/value.ts";
import type { TextConfig } from "./config.ts";

/** Standard deviation that a head of its own starts from: small, so that the first predictions are even. */
const HEAD_RANGE = 0.02;

/** One Transformer block: attention, then the feed-forward layer, each with its norms. */
export class TextBlock {
  /** In front of the attention: `input_layernorm` (C). */
  readonly inputNorm: RmsNorm;
  /** Wq, Wₖ and Wᵥ as one matrix, ((Hq + 2 Hkv) D, C). */
  readonly queryKeyValue: BitLinear;
  /** Behind the attention: `attn_sub_norm` (C). */
  readonly attentionNorm: RmsNorm;
  /** Wₒ (C, C). */
  readonly output: BitLinear;
  /** In front of the feed-forward layer: `post_attention_layernorm` (C). */
  readonly postAttentionNorm: RmsNorm;
  /** W_gate and W_up as one matrix, (2F, C), F the feed-forward width. */
  readonly gateUp: BitLinear;
  /** Behind the gated activation: `ffn_sub_norm` (F). */
  readonly ffnNorm: RmsNorm;
  /** W_down (C, F). */
  readonly down: BitLinear;

  /**
   * A block of some shape.
   *
   * @param index Position in the model, from 0; part of the names in the state dict.
   */
  constructor(
    /** Sizes and quantization, those of the whole model. */
    readonly config: TextConfig,
    index: number,
  ) {
    const { hiddenSize, intermediateSize, heads, keyValueHeads, rmsNormEpsilon } = config;
    const prefix = `model.layers.${index}`;
    const norm = (name: string, features: number) =>
      new RmsNorm(`${prefix}.${name}.weight`, features, rmsNormEpsilon);
    const linear = (inputFeatures: number, outputs: [name: string, features: number][]) =>
      new BitLinear({
        inputFeatures,
        outputs: outputs.map(([name, features]) => ({
          name: `${prefix}.${name}.weight`,
          features,
        })),
        standardDeviation: config.initializerRange,
        quantization: config.quantization,
      });
    const keyValueSize = hiddenSize / heads * keyValueHeads;

    this.inputNorm = norm("input_layernorm", hiddenSize);
    this.queryKeyValue = linear(hiddenSize, [
      ["self_attn.q_proj", hiddenSize],
      ["self_attn.k_proj", keyValueSize],
      ["self_attn.v_proj", keyValueSize],
    ]);
    this.attentionNorm = norm("self_attn.attn_sub_norm", hiddenSize);
    this.output = linear(hiddenSize, [["self_attn.o_proj", hiddenSize]]);
    this.postAttentionNorm = norm("post_attention_layernorm", hiddenSize);
    this.gateUp = linear(hiddenSize, [
      ["mlp.gate_proj", intermediateSize],
      ["mlp.up_proj", intermediateSize],
    ]);
    this.ffnNorm = norm("mlp.ffn_sub_norm", intermediateSize);
    this.down = linear(intermediateSize, [["mlp.down_proj", hiddenSize]]);
  }

  /** Its quantized layers, in the order in which they run. */
  get linears(): BitLinear[] {
    return [this.queryKeyValue, this.output, this.gateUp, this.down];
  }

  /** Its norms, in the order in which they run. */
  get norms(): RmsNorm[] {
    return [this.inputNorm, this.attentionNorm, this.postAttentionNorm, this.ffnNorm];
  }

  /**
   * Applies the block.
   *
   * @param x (B, T, C) f32, the residual stream.
   * @param rotations (T, D/2, 2), from `ropeTable`.
   * @param rows (N) i32: behind the attention, compute these of the B·T positions only, nobody reads the others.
   * Default all.
   * @returns (B, T, C) f32, or (N, C) with `rows`.
   */
  call(x: Value, rotations: Value, trace: Trace, rows?: Value): Value {
    const { hiddenSize, heads, keyValueHeads, activation, quantization } = this.config;
    const shape = { heads, keyValueHeads, headDim: hiddenSize / heads };
    const kept = (value: Value) => rows ? takeRows(value, rows) : value;

    const qkv = this.queryKeyValue.call(this.inputNorm.quantize(x, quantization, trace), trace);
    const mixed = kept(attention(rope(qkv, rotations, shape), { ...shape, causal: true }));
    const h = residual(
      this.output,
      this.attentionNorm.quantize(mixed, quantization, trace),
      kept(x),
      trace,
    );

    const gateUp = this.gateUp.call(this.postAttentionNorm.quantize(h, quantization, trace), trace);
    return residual(
      this.down,
      this.ffnNorm.quantize(gateUp, quantization, trace, activation),
      h,
      trace,
    );
  }
}

/** The language model: parameters, and how logits follow from tokens. It holds no data itself. */
export class TextModel {
  /** Embedding of each token, (V, C); with tied embeddings also the head. */
  readonly embedTokens: Parameter;
  /** The Transformer blocks, the first next to the embedding. */
  readonly blocks: readonly TextBlock[];
  /** In front of the head, (C). */
  readonly norm: RmsNorm;
  /** The head, (V, C); undefined where it is the embedding. */
  readonly head: Linear | undefined;

  /** A model of a configuration that {@link checkTextConfig} has passed. */
  constructor(
    /** Sizes and quantization. */
    readonly config: TextConfig,
  ) {
    const { vocabSize, hiddenSize, embeddingRange } = config;
    this.embedTokens = new Parameter({
      parts: [{ name: "model.embed_tokens.weight", shape: [vocabSize, hiddenSize] }],
      initializer: { kind: "normal", standardDeviation: embeddingRange },
      decay: true,
    });
    this.blocks = Array.from({ length: config.layers }, (_, index) => new TextBlock(config, index));
    this.norm = new RmsNorm("model.norm.weight", hiddenSize, config.rmsNormEpsilon);
    this.head = config.tieWordEmbeddings ? undefined : new Linear({
      inputFeatures: hiddenSize,
      outputs: [{ name: "lm_head.weight", features: vocabSize }],
      standardDeviation: HEAD_RANGE,
    });
  }

  /** Every parameter, in the order of the state dict. */
  get parameters(): Parameter[] {
    return [
      this.embedTokens,
      ...this.blocks.flatMap(({ linears, norms }) => [
        ...linears.flatMap(({ parameters }) => parameters),
        ...norms.map(({ weight }) => weight),
      ]),
      this.norm.weight,
      ...(this.head ? [this.head.weight] : []),
    ];
  }

  /** The weights that are quantized before each step. */
  get quantizedWeights(): QuantizedWeight[] {
    return this.blocks.flatMap((block) => block.linears.flatMap((l) => l.quantizedWeights()));
  }

  /** The norms whose output is quantized to a running maximum, in the order in which they run. */
  get rangedModules(): RmsNorm[] {
    if (this.config.quantization.activationScheme !== "ema_tensor") return [];
    return this.blocks.flatMap(({ norms }) => norms);
  }

  /**
   * The residual stream after the embedding and after each block.
   *
   * @param tokens (B, T) i32.
   * @returns One (B, T, C) f32 more than there are blocks.
   */
  hidden(tokens: Value, trace: Trace): Value[] {
    return this.#states(tokens, trace);
  }

  /** @param rows Positions that are wanted of the last state; default all. */
  #states(tokens: Value, trace: Trace, rows?: Value): Value[] {
    const { hiddenSize, heads, ropeTheta } = this.config;
    const [, T] = tokens.shape;
    const headDim = hiddenSize / heads;
    const table = ropeTable(T, headDim, ropeTheta);
    const rotations = constant("rope table", [T, headDim / 2, 2], table);
    let x = embedding(tokens, trace.weights.float(this.embedTokens));
    if (trace.dropout > 0) x = dropout(x, { rate: trace.dropout, salt: trace.nextSalt() });
    const states = [x];
    for (const block of this.blocks) {
      const wanted = block === this.blocks.at(-1) ? rows : undefined;
      states.push(x = block.call(x, rotations, trace, wanted));
    }
    return states;
  }

  /**
   * Unnormalized log probabilities of the token that follows each position.
   *
   * @param tokens (B, T) i32.
   * @param rows (N) i32: which of the B·T positions; default all.
   * @returns (B, T, V) f32, or (N, V) with `rows`.
   */
  logits(tokens: Value, trace: Trace, rows?: Value): Value {
    const x = this.norm.call(this.#states(tokens, trace, rows).at(-1)!, trace);
    return this.head ? this.head.call(x, trace) : linear(x, trace.weights.float(this.embedTokens));
  }
}

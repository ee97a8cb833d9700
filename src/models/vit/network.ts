/**
 * The image model: a Vision Transformer, as Hugging Face's `ViTForImageClassification`, or, with convolutions in
 * place of patches and a learned weighted sum in place of the class token, a compact convolutional Transformer.
 *
 * Patch embedding, norms, positions and classifier are float unless they are given a width of their own; every
 * other matrix is a BitLinear layer.
 *
 * @see Dosovitskiy et al., "An Image is Worth 16x16 Words", arXiv 2010.11929
 * @see Hassani et al., "Escaping the Big Data Paradigm with Compact Transformers", arXiv 2104.05704
 * @module
 */
import type { RangedModule } from "../../nn/activation_ranges.ts";
import { EncoderBlock } from "../../nn/encoder_block.ts";
import { LayerNorm } from "../../nn/layer_norm.ts";
import { Linear } from "../../nn/linear.ts";
import { QuantizedLinear } from "../../nn/quantized_linear.ts";
import type { Trace } from "../../nn/trace.ts";
import type { QuantizedWeight } from "../../nn/weight_image.ts";
import { addPositions } from "../../ops/add_positions.ts";
import { dropout } from "../../ops/dropout.ts";
import { maxPool } from "../../ops/max_pool.ts";
import { pool, softmaxPool } from "../../ops/pool.ts";
import { unfold } from "../../ops/unfold.ts";
import { Parameter } from "../../tensor/parameter.ts";
import type { Value } from "../../tensor/value.ts";
import { tokenCount, type VitConfig } from "./config.ts";

/** Windows of the convolutions, and of the pooling behind each. */
const CONVOLUTION = { kernel: 3, stride: 1, padding: 1 };
const POOLING = { kernel: 3, stride: 2, padding: 1 };

/** A (N, C, size, size) convolution as a linear layer over windows. */
function convolution(
  config: VitConfig,
  name: string,
  size: number,
  [channels, features]: readonly [number, number],
  bias: boolean,
): QuantizedLinear {
  return new QuantizedLinear({
    inputFeatures: channels * size ** 2,
    outputs: [{ name: `${name}.weight`, features }],
    storedShape: [features, channels, size, size],
    standardDeviation: config.initializerRange,
    bias,
    quantization: config.embedQuantization,
  });
}

/** What a forward pass of the image model can be asked for. */
export interface VitCall {
  /** Receives the attention probabilities of each block in turn, (B, H, T, T). */
  readonly onAttention?: (probabilities: Value) => void;
}

/** The image model: parameters, and how logits follow from images. It holds no data itself. */
export class VitModel {
  /** From patches, or from the pixels of the layer before, to features. */
  readonly embedding: readonly QuantizedLinear[];
  /** The class token, (1, 1, C); undefined where the tokens are pooled. */
  readonly classToken: Parameter | undefined;
  /** Learned positions, (1, T, C). */
  readonly positions: Parameter;
  /** The Transformer blocks, the first next to the embedding. */
  readonly blocks: readonly EncoderBlock[];
  /** In front of the classifier, (C). */
  readonly norm: LayerNorm;
  /** Scores of the tokens for the weighted sum, (1, C); undefined where there is none. */
  readonly poolScores: Linear | undefined;
  /** The classifier, (classes, C). */
  readonly classifier: QuantizedLinear;

  /** A model of a configuration that {@link checkVitConfig} has passed. */
  constructor(
    /** Sizes and quantization. */
    readonly config: VitConfig,
  ) {
    const { hiddenSize, initializerRange: standardDeviation, pooling } = config;
    const learned = (name: string, shape: number[]) =>
      new Parameter({
        parts: [{ name: `vit.embeddings.${name}`, shape }],
        initializer: { kind: "normal", standardDeviation },
        decay: false,
      });
    this.embedding = makeEmbedding(config);
    this.classToken = pooling === "class" ? learned("cls_token", [1, 1, hiddenSize]) : undefined;
    this.positions = learned("position_embeddings", [1, tokenCount(config), hiddenSize]);
    this.blocks = Array.from({ length: config.layers }, (_, index) => makeBlock(config, index));
    this.norm = new LayerNorm("vit.layernorm", hiddenSize, config.layerNormEpsilon);
    // Without a bias, which softmax would ignore.
    this.poolScores = pooling === "sequence"
      ? new Linear({
        inputFeatures: hiddenSize,
        outputs: [{ name: "vit.attention_pool.weight", features: 1 }],
        standardDeviation,
      })
      : undefined;
    this.classifier = new QuantizedLinear({
      inputFeatures: hiddenSize,
      outputs: [{ name: "classifier.weight", features: config.labels.length }],
      standardDeviation,
      bias: true,
      quantization: config.headQuantization,
    });
  }

  /** Every parameter, in the order of the state dict. */
  get parameters(): Parameter[] {
    return [
      ...(this.classToken ? [this.classToken] : []),
      this.positions,
      ...this.embedding.flatMap(({ parameters }) => parameters),
      ...this.blocks.flatMap(({ parameters }) => parameters),
      ...this.norm.parameters,
      ...(this.poolScores?.parameters ?? []),
      ...this.classifier.parameters,
    ];
  }

  get #linears(): QuantizedLinear[] {
    return [...this.embedding, ...this.blocks.flatMap(({ linears }) => linears), this.classifier];
  }

  /** The weights that are quantized before each step. */
  get quantizedWeights(): QuantizedWeight[] {
    return this.#linears.flatMap((layer) => layer.quantizedWeights());
  }

  /** The quantizers with a running maximum, in the order in which they run. */
  get rangedModules(): RangedModule[] {
    return this.#linears.flatMap((layer) => layer.rangedModules());
  }

  /** The sequence that the first block reads: images (B, channels, H, W) → (B, T, C). */
  #embed(images: Value, trace: Trace): Value {
    const { tokenizer } = this.config;
    let x = images;
    if (tokenizer.kind === "patch") {
      const patches = unfold(x, { kernel: tokenizer.patchSize, stride: tokenizer.patchSize });
      const [projection] = this.embedding;
      x = projection.call(projection.input.call(patches, trace), trace);
    } else {
      for (const [index, layer] of this.embedding.entries()) {
        const windows = unfold(x, { ...CONVOLUTION, channelsLast: index > 0 });
        x = maxPool(layer.call(layer.input.call(windows, trace), trace), POOLING);
      }
    }
    const { weights } = trace;
    const classToken = this.classToken && weights.float(this.classToken);
    const sequence = addPositions(x, weights.float(this.positions), classToken);
    if (trace.dropout === 0) return sequence;
    return dropout(sequence, { rate: trace.dropout, salt: trace.nextSalt() });
  }

  /** The residual stream after the embedding and after each block; of the last one only the first token if asked. */
  #states(images: Value, trace: Trace, { onAttention }: VitCall, firstOnly: boolean): Value[] {
    const states = [this.#embed(images, trace)];
    const last = this.blocks.length - 1;
    for (const [index, block] of this.blocks.entries()) {
      // Never the first block's branches are dropped, most often the deepest's.
      const dropRate = trace.stochasticDepth * index / Math.max(1, last);
      const options = { dropRate, onAttention, firstOnly: firstOnly && index === last };
      states.push(block.call(states[index], trace, options));
    }
    return states;
  }

  /**
   * The residual stream after the embedding and after each block.
   *
   * @param images (B, channels, H, W) f32, normalized.
   * @returns One (B, T, C) f32 more than there are blocks.
   */
  hidden(images: Value, trace: Trace, call: VitCall = {}): Value[] {
    return this.#states(images, trace, call, false);
  }

  /**
   * Unnormalized log probabilities of the classes.
   *
   * @param images (B, channels, H, W) f32, normalized.
   * @returns (B, classes) f32.
   */
  logits(images: Value, trace: Trace, call: VitCall = {}): Value {
    const { classifier, norm, poolScores } = this;
    // Of what the deepest block makes, only the class token is read.
    const x = this.#states(images, trace, call, this.classToken !== undefined).at(-1)!;
    if (this.classToken) return classifier.call(classifier.input.normalized(x, norm, trace), trace);
    const tokens = norm.call(x, trace);
    const pooled = poolScores
      ? softmaxPool(tokens, poolScores.call(tokens, trace))
      : pool(tokens, "mean");
    return classifier.call(classifier.input.call(pooled, trace), trace);
  }
}

/** The patch projection, or the convolutions. */
function makeEmbedding(config: VitConfig): QuantizedLinear[] {
  const { tokenizer, channels, hiddenSize } = config;
  if (tokenizer.kind === "patch") {
    const name = "vit.embeddings.patch_embeddings.projection";
    return [convolution(config, name, tokenizer.patchSize, [channels, hiddenSize], true)];
  }
  return Array.from({ length: tokenizer.layers }, (_, index) => {
    const from = index === 0 ? channels : tokenizer.channels;
    const to = index === tokenizer.layers - 1 ? hiddenSize : tokenizer.channels;
    const name = `vit.embeddings.conv_layers.${index}`;
    return convolution(config, name, CONVOLUTION.kernel, [from, to], false);
  });
}

function makeBlock(config: VitConfig, index: number): EncoderBlock {
  const prefix = `vit.encoder.layer.${index}`;
  const names = {
    attentionNorm: `${prefix}.layernorm_before`,
    query: `${prefix}.attention.attention.query`,
    key: `${prefix}.attention.attention.key`,
    value: `${prefix}.attention.attention.value`,
    output: `${prefix}.attention.output.dense`,
    feedForwardNorm: `${prefix}.layernorm_after`,
    up: `${prefix}.intermediate.dense`,
    down: `${prefix}.output.dense`,
  };
  return new EncoderBlock(names, { ...config, causal: false });
}

/**
 * Configuration of the text model, in Hugging Face's field names (`BitNetForCausalLM`).
 *
 * @module
 */
import { InputError, OptionError, optionName } from "../../errors.ts";
import {
  makeQuantization,
  type Quantization,
  type QuantizationJson,
  quantizationToJson,
} from "../../nn/quantization.ts";
import type { GatedActivation } from "../../nn/rms_norm.ts";
import { checkModelSize } from "../size_limits.ts";
import { ConfigFields, quantizationFromFields } from "../config_fields.ts";
import {
  foreignQuantization,
  isOnlineTernary,
  onlineTernary,
  RUNS_AS_FLOAT,
  type SavedQuantization,
} from "../quantization_config.ts";

/** Architecture and quantization of a text model. */
export interface TextConfig {
  /** V, the number of token ids. */
  readonly vocabSize: number;
  /** C, the width of the residual stream. */
  readonly hiddenSize: number;
  /** F, the width of the feed-forward layer. */
  readonly intermediateSize: number;
  /** Transformer blocks. */
  readonly layers: number;
  /** Query heads; each is `hiddenSize / heads` wide. */
  readonly heads: number;
  /** Key heads, and as many value heads; divides the query heads. */
  readonly keyValueHeads: number;
  /** Of the feed-forward gate: `silu` makes it SwiGLU. */
  readonly activation: GatedActivation;
  /** Longest context, in tokens. */
  readonly maxPositions: number;
  /** Standard deviation that the matrices of the blocks start from. */
  readonly initializerRange: number;
  /** Standard deviation that the embedding starts from. */
  readonly embeddingRange: number;
  /** Added to the mean square in every norm. */
  readonly rmsNormEpsilon: number;
  /** Base of the rotary angles: pair j of a head turns by `ropeTheta^(-2j / D)` per position. */
  readonly ropeTheta: number;
  /** Whether the embedding is also the head. */
  readonly tieWordEmbeddings: boolean;
  /** Dropout rate in training, on the embedding and on both branches of each block. */
  readonly dropout: number;
  /** Of all linear layers but the head. */
  readonly quantization: Quantization;
}

/** What Hugging Face calls the text model. */
export const TEXT_ARCHITECTURE = "BitNetForCausalLM";

/** Largest head dimension the attention kernels hold in registers. */
const MAX_HEAD_DIM = 128;

/** Width of the feed-forward layer that goes with a model width: 8/3 of it in whole 64s. */
export function defaultIntermediateSize(hiddenSize: number): number {
  return Math.floor((8 * hiddenSize / 3 + 63) / 64) * 64;
}

/**
 * Standard deviation that the matrices of the blocks start from, for a model width C: 1 / √C, which keeps the size of
 * what they multiply. GPT-2's 0.02 goes with wider models; in a narrow one low-bit weights then flip too easily.
 */
export function defaultInitializerRange(hiddenSize: number): number {
  return 1 / Math.sqrt(hiddenSize);
}

/**
 * Standard deviation that the embedding starts from. What the blocks add to it is of size one: with 0.02 the token
 * would drown in it. As a head, too, it has to start small, or the first predictions are wild.
 */
export function defaultEmbeddingRange(tied: boolean): number {
  return tied ? 0.02 : 0.5;
}

/**
 * The small configuration that comparisons mean: 4 layers of width 128, 4 heads, SwiGLU, context 64,
 * ternary weights and 8-bit activations.
 */
export const smallTextConfig: Omit<TextConfig, "vocabSize"> = {
  hiddenSize: 128,
  intermediateSize: defaultIntermediateSize(128),
  layers: 4,
  heads: 4,
  keyValueHeads: 4,
  activation: "silu",
  maxPositions: 64,
  initializerRange: defaultInitializerRange(128),
  embeddingRange: defaultEmbeddingRange(false),
  rmsNormEpsilon: 1e-5,
  ropeTheta: 10000,
  tieWordEmbeddings: false,
  dropout: 0,
  quantization: makeQuantization(),
};

/**
 * Checks that a configuration describes a model that can be built.
 *
 * @returns The same configuration.
 * @throws {InputError} If it does not, naming the value and what would fit.
 */
export function checkTextConfig(config: TextConfig): TextConfig {
  const sizes = {
    "vocabulary size": config.vocabSize,
    [`width (${optionName("hiddenSize")})`]: config.hiddenSize,
    [`feed-forward width (${optionName("intermediateSize")})`]: config.intermediateSize,
    [`number of layers (${optionName("layers")})`]: config.layers,
    [`number of heads (${optionName("heads")})`]: config.heads,
    [`number of key-value heads (${optionName("keyValueHeads")})`]: config.keyValueHeads,
    [`context (${optionName("maxPositions")})`]: config.maxPositions,
  };
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new OptionError(`Cannot build a model with ${name} ${value}: it must be at least 1`);
    }
  }
  checkModelSize(config.layers, approximateParameters(config));
  const { hiddenSize, heads, keyValueHeads } = config;
  if (hiddenSize % heads !== 0) {
    throw new OptionError(
      `Cannot split width ${hiddenSize} (${optionName("hiddenSize")}) over ${heads} heads ` +
        `(${optionName("heads")}): it must be a multiple; ${
          Math.ceil(hiddenSize / heads) * heads
        } would be`,
    );
  }
  if (heads % keyValueHeads !== 0) {
    throw new OptionError(
      `Cannot share ${keyValueHeads} key-value heads (${optionName("keyValueHeads")}) among ` +
        `${heads} heads (${optionName("heads")}): their number must divide the number of heads`,
    );
  }
  const headDim = hiddenSize / heads;
  if (headDim % 2 !== 0 || headDim > MAX_HEAD_DIM) {
    throw new OptionError(
      `Cannot use heads of ${headDim} dimensions (${optionName("hiddenSize")} / ` +
        `${optionName("heads")}): ` +
        `rotary positions need an even number, at most ${MAX_HEAD_DIM}`,
    );
  }
  if (!(config.dropout >= 0 && config.dropout < 1)) {
    throw new InputError(`Cannot use dropout ${config.dropout}: it must be in [0, 1)`);
  }
  return config;
}

/** Weights of the matrices, which are nearly all there are. */
function approximateParameters(config: TextConfig): number {
  const { vocabSize, hiddenSize, intermediateSize, layers, heads, keyValueHeads } = config;
  const embeddings = config.tieWordEmbeddings ? 1 : 2;
  const attention = 2 * hiddenSize * (1 + keyValueHeads / heads);
  return hiddenSize * (embeddings * vocabSize + layers * (attention + 3 * intermediateSize));
}

/** The model part of `config.json`. */
export interface TextConfigJson extends SavedQuantization {
  /** `["BitNetForCausalLM"]`. */
  readonly architectures: readonly string[];
  /** `bitnet`. */
  readonly model_type: string;
  /** What Hugging Face has no field for: quantization and dropout. */
  readonly bittext: QuantizationJson & {
    readonly dropout?: number;
    readonly embedding_initializer_range?: number;
    readonly note?: string;
  };
  /** Hugging Face's other fields. */
  readonly [field: string]: unknown;
}

/** The content of a `config.json`, as Hugging Face writes it. */
export function textConfigToJson(config: TextConfig): TextConfigJson {
  const { quantization } = config;
  const isSame = isOnlineTernary(quantization);
  return {
    architectures: [TEXT_ARCHITECTURE],
    model_type: "bitnet",
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    hidden_act: config.activation,
    max_position_embeddings: config.maxPositions,
    initializer_range: config.initializerRange,
    rms_norm_eps: config.rmsNormEpsilon,
    rope_theta: config.ropeTheta,
    attention_bias: false,
    attention_dropout: 0,
    tie_word_embeddings: config.tieWordEmbeddings,
    torch_dtype: "float32",
    ...(isSame && { quantization_config: onlineTernary(null) }),
    bittext: {
      ...quantizationToJson(quantization),
      dropout: config.dropout,
      embedding_initializer_range: config.embeddingRange,
      ...(!isSame && quantization.weightBits !== 32 && { note: RUNS_AS_FLOAT }),
    },
  };
}

/**
 * Reads a configuration; absent fields take Hugging Face's defaults.
 *
 * @param json Content of a `config.json`.
 * @param source Its name, for messages.
 * @throws {InputError} If it is no text model, or a field has an impossible value.
 */
export function textConfigFromJson(json: unknown, source: string): TextConfig {
  const fields = new ConfigFields(json, source);
  fields.architecture([TEXT_ARCHITECTURE]);
  const bittext = fields.part("bittext");
  const heads = fields.size("num_attention_heads");
  const hiddenSize = fields.size("hidden_size");
  const maxPositions = fields.size("max_position_embeddings");
  const initializerRange = fields.positive("initializer_range", 0.02);
  const config = checkTextConfig({
    vocabSize: fields.size("vocab_size"),
    hiddenSize,
    intermediateSize: fields.size("intermediate_size"),
    layers: fields.size("num_hidden_layers"),
    heads,
    keyValueHeads: fields.size("num_key_value_heads", heads),
    activation: gatedActivations[
      fields.choice("hidden_act", "relu2", Object.keys(gatedActivations))
    ],
    maxPositions,
    initializerRange,
    embeddingRange: bittext.positive("embedding_initializer_range", initializerRange),
    rmsNormEpsilon: fields.positive("rms_norm_eps", 1e-5),
    ropeTheta: ropeThetaFromFields(fields),
    tieWordEmbeddings: fields.flag("tie_word_embeddings", false),
    dropout: bittext.rate("dropout", 0),
    quantization: fields.has("bittext")
      ? quantizationFromFields(bittext)
      : foreignQuantization(fields, ["lm_head"]),
  });
  fields.only("head_dim", hiddenSize / heads);
  fields.only("attention_bias", false);
  fields.only("mlp_bias", false);
  fields.only("pretraining_tp", 1);
  fields.only("partial_rotary_factor", 1);
  if (fields.optional("use_sliding_window") !== false) {
    const window = fields.number("sliding_window", maxPositions);
    if (window < maxPositions) {
      throw fields.error("sliding_window", "this version attends to the whole context");
    }
  }
  // What they say matters in training only, or to who has no BitText.
  fields.ignore("attention_dropout", "quantization_config", "sliding_window", "max_window_layers");
  fields.ignore("id2label", "label2id", "num_labels");
  bittext.ignore("note");
  bittext.finish();
  fields.finish();
  return config;
}

/** Gated activations by Hugging Face's names. */
const gatedActivations: Readonly<Record<string, GatedActivation>> = {
  silu: "silu",
  swish: "silu",
  relu2: "relu2",
};

/** The base of the rotary angles: a field of its own, or since `transformers` 5 in `rope_parameters`. */
function ropeThetaFromFields(fields: ConfigFields): number {
  const own = fields.has("rope_theta") ? fields.positive("rope_theta") : undefined;
  let theta = own;
  for (const name of ["rope_parameters", "rope_scaling"]) {
    if (!fields.has(name)) continue;
    const rope = fields.part(name);
    rope.only("rope_type", "default");
    rope.only("type", "default");
    rope.only("partial_rotary_factor", 1);
    theta = rope.has("rope_theta") ? rope.positive("rope_theta") : theta;
    rope.finish();
    if (own !== undefined && theta !== own) {
      throw fields.error(name, `but rope_theta is ${own}`);
    }
  }
  return theta ?? HUGGING_FACE_ROPE_THETA;
}

/** What `transformers` takes where a configuration does not say it. */
const HUGGING_FACE_ROPE_THETA = 500_000;

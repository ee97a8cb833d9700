/**
 * Configuration of the image model in Hugging Face's field names (`ViTForImageClassification`).
 *
 * @module
 */
import {
  makeQuantization,
  type QuantizationJson,
  quantizationToJson,
} from "../../nn/quantization.ts";
import type { ActivationKind } from "../../ops/activation.ts";
import { ConfigFields, quantizationFromFields } from "../config_fields.ts";
import {
  checkVitConfig,
  type ImageTokenizer,
  numberedLabels,
  type Pooling,
  quantizationAt,
  type VitConfig,
} from "./config.ts";

/** What Hugging Face calls the image model. */
export const VIT_ARCHITECTURE = "ViTForImageClassification";

/** What `config.json` says that Hugging Face has no field for. */
export interface VitExtensionJson extends QuantizationJson {
  /** Bits per weight of the patch embedding; 32, also the default, is not quantized. */
  readonly embed_bits?: number;
  /** Bits per weight of the classifier; 32, also the default, is not quantized. */
  readonly head_bits?: number;
  /** `class`, also the default, `mean` or `sequence`. */
  readonly pooling?: string;
  /** Convolutions in place of patches; absent or 0: patches. */
  readonly conv_layers?: number;
  /** Channels between convolutions; default 64. */
  readonly conv_channels?: number;
  /** Share of the samples that skip the deepest block's branches in training; default 0. */
  readonly stochastic_depth?: number;
}

/** The model part of `config.json`. */
export interface VitConfigJson {
  /** `["ViTForImageClassification"]`. */
  readonly architectures: readonly string[];
  /** `vit`. */
  readonly model_type: string;
  /** What Hugging Face has no field for. */
  readonly bittext: VitExtensionJson;
  /** Hugging Face's other fields. */
  readonly [field: string]: unknown;
}

/** Activation functions by Hugging Face's names. */
const activationNames: Readonly<Record<string, ActivationKind>> = {
  gelu: "gelu",
  gelu_new: "gelu_tanh",
  gelu_pytorch_tanh: "gelu_tanh",
  quick_gelu: "quick_gelu",
  silu: "silu",
  relu2: "relu2",
};

const DEFAULT_CONVOLUTION_CHANNELS = 64;

const poolings: readonly Pooling[] = ["class", "mean", "sequence"];

/** The content of a `config.json`, as Hugging Face writes it. */
export function vitConfigToJson(config: VitConfig): VitConfigJson {
  const { tokenizer, labels, activation } = config;
  const name = Object.entries(activationNames).find(([, kind]) => kind === activation)![0];
  return {
    architectures: [VIT_ARCHITECTURE],
    model_type: "vit",
    image_size: config.imageSize,
    // A patch of an image that convolutions shrink is what one token comes from.
    patch_size: tokenizer.kind === "patch" ? tokenizer.patchSize : 2 ** tokenizer.layers,
    num_channels: config.channels,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    hidden_act: name,
    qkv_bias: config.queryKeyValueBias,
    hidden_dropout_prob: config.dropout,
    attention_probs_dropout_prob: 0,
    initializer_range: config.initializerRange,
    layer_norm_eps: config.layerNormEpsilon,
    num_labels: labels.length,
    id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    torch_dtype: "float32",
    bittext: {
      ...quantizationToJson(config.quantization),
      embed_bits: config.embedQuantization.weightBits,
      head_bits: config.headQuantization.weightBits,
      pooling: config.pooling,
      ...(tokenizer.kind === "convolution"
        ? { conv_layers: tokenizer.layers, conv_channels: tokenizer.channels }
        : {}),
      stochastic_depth: config.stochasticDepth,
    },
  };
}

/** The classes that `id2label` names, or as many numbered ones as `num_labels` says. */
function labelsFromFields(fields: ConfigFields): readonly string[] {
  const names = fields.optional<Record<string, string>>("id2label");
  if (names === undefined) return numberedLabels(fields.number("num_labels", 2));
  const labels = Array.from({ length: Object.keys(names).length }, (_, i) => names[i]);
  if (labels.some((label) => typeof label !== "string")) {
    throw fields.error("id2label", `it must name the classes 0 to ${labels.length - 1}`);
  }
  if (fields.number("num_labels", labels.length) !== labels.length) {
    throw fields.error("num_labels", `but id2label names ${labels.length} classes`);
  }
  return labels;
}

/**
 * Reads a configuration; absent fields take Hugging Face's defaults.
 *
 * @param json Content of a `config.json`.
 * @param source Its name, for messages.
 * @throws {InputError} If it is no image model, or a field has an impossible value.
 */
export function vitConfigFromJson(json: unknown, source: string): VitConfig {
  const fields = new ConfigFields(json, source);
  fields.architecture([VIT_ARCHITECTURE]);
  const bittext = fields.part("bittext");
  const convolutions = bittext.number("conv_layers", 0);
  const tokenizer: ImageTokenizer = convolutions === 0
    ? { kind: "patch", patchSize: fields.number("patch_size", 16) }
    : {
      kind: "convolution",
      layers: convolutions,
      channels: bittext.number("conv_channels", DEFAULT_CONVOLUTION_CHANNELS),
    };
  // Who has never heard of bittext has trained in float.
  const quantization = fields.optional("bittext") === undefined
    ? makeQuantization({ weightBits: 32 })
    : quantizationFromFields(bittext);
  return checkVitConfig({
    imageSize: fields.number("image_size", 224),
    channels: fields.number("num_channels", 3),
    labels: labelsFromFields(fields),
    tokenizer,
    pooling: bittext.choice("pooling", "class", poolings),
    hiddenSize: fields.number("hidden_size", 768),
    intermediateSize: fields.number("intermediate_size", 3072),
    layers: fields.number("num_hidden_layers", 12),
    heads: fields.number("num_attention_heads", 12),
    activation: activationNames[
      fields.choice("hidden_act", "gelu", Object.keys(activationNames))
    ],
    queryKeyValueBias: fields.optional("qkv_bias") !== false,
    initializerRange: fields.number("initializer_range", 0.02),
    layerNormEpsilon: fields.number("layer_norm_eps", 1e-12),
    dropout: fields.number("hidden_dropout_prob", 0),
    stochasticDepth: bittext.number("stochastic_depth", 0),
    quantization,
    embedQuantization: quantizationAt(quantization, bittext.number("embed_bits", 32)),
    headQuantization: quantizationAt(quantization, bittext.number("head_bits", 32)),
  });
}

/**
 * Configuration of the image model in Hugging Face's field names (`ViTForImageClassification`).
 *
 * @module
 */
import { type QuantizationJson, quantizationToJson } from "../../nn/quantization.ts";
import type { ActivationKind } from "../../ops/activation.ts";
import { ConfigFields, quantizationFromFields } from "../config_fields.ts";
import {
  foreignQuantization,
  isOnlineTernary,
  onlineTernary,
  RUNS_AS_FLOAT,
  type SavedQuantization,
} from "../quantization_config.ts";
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
  /** What other programs would make of the model, if it is something else. */
  readonly note?: string;
}

/** The model part of `config.json`. */
export interface VitConfigJson extends SavedQuantization {
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
  const isSame = isOnlineTernary(config.quantization) && config.pooling === "class" &&
    tokenizer.kind === "patch" && config.embedQuantization.weightBits === 32 &&
    config.headQuantization.weightBits === 32;
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
    ...(isSame && { quantization_config: onlineTernary(["classifier"]) }),
    bittext: {
      ...quantizationToJson(config.quantization),
      embed_bits: config.embedQuantization.weightBits,
      head_bits: config.headQuantization.weightBits,
      pooling: config.pooling,
      ...(tokenizer.kind === "convolution"
        ? { conv_layers: tokenizer.layers, conv_channels: tokenizer.channels }
        : {}),
      stochastic_depth: config.stochasticDepth,
      ...(!isSame && isQuantized(config) && { note: RUNS_AS_FLOAT }),
    },
  };
}

function isQuantized(config: VitConfig): boolean {
  return [config.quantization, config.embedQuantization, config.headQuantization]
    .some(({ weightBits }) => weightBits !== 32);
}

/** The classes that `id2label` names, or as many numbered ones as `num_labels` says. */
function labelsFromFields(fields: ConfigFields): readonly string[] {
  const stated = fields.has("num_labels") ? fields.size("num_labels") : undefined;
  if (!fields.has("id2label")) return numberedLabels(stated ?? 2);
  const names = fields.part("id2label");
  const count = Object.keys(fields.optional("id2label") as object).length;
  const labels = Array.from({ length: count }, (_, i) => names.optional(String(i)));
  if (count === 0 || !labels.every((label) => typeof label === "string")) {
    throw fields.error("id2label", `it must name the classes 0 to ${Math.max(0, count - 1)}`);
  }
  if (stated !== undefined && stated !== count) {
    throw fields.error("num_labels", `but id2label names ${count} classes`);
  }
  const numbers = fields.part("label2id");
  const other = labels.find((label, i) =>
    numbers.has(label) && Number(numbers.optional(label)) !== i && labels.lastIndexOf(label) === i
  );
  if (other !== undefined) {
    throw fields.error("label2id", `but id2label gives ${JSON.stringify(other)} another number`);
  }
  return labels;
}

/** A length of pixels, which may be stated for both axes. */
function squareFromFields(fields: ConfigFields, field: string, fallback: number): number {
  const sides = Array.isArray(fields.optional(field)) ? fields.numbers(field)! : undefined;
  if (sides === undefined) return fields.size(field, fallback);
  const isSquare = sides.length === 2 && sides[0] === sides[1] &&
    Number.isInteger(sides[0]) && sides[0] >= 1;
  if (isSquare) return sides[0];
  throw fields.error(field, "this version has squares only");
}

/**
 * Reads a configuration; absent fields take Hugging Face's defaults.
 *
 * @param json Content of a `config.json`.
 * @param source Its name, for messages.
 * @throws {InputError} If it is no image model, or a field has an impossible value or is not known.
 */
export function vitConfigFromJson(json: unknown, source: string): VitConfig {
  const fields = new ConfigFields(json, source);
  fields.architecture([VIT_ARCHITECTURE]);
  const bittext = fields.part("bittext");
  const convolutions = bittext.number("conv_layers", 0, WHOLE);
  const patchSize = squareFromFields(fields, "patch_size", 16);
  const tokenizer: ImageTokenizer = convolutions === 0 ? { kind: "patch", patchSize } : {
    kind: "convolution",
    layers: convolutions,
    channels: bittext.size("conv_channels", DEFAULT_CONVOLUTION_CHANNELS),
  };
  const quantization = fields.has("bittext")
    ? quantizationFromFields(bittext)
    : foreignQuantization(fields, ["classifier", "lm_head"]);
  const config = checkVitConfig({
    imageSize: squareFromFields(fields, "image_size", 224),
    channels: fields.size("num_channels", 3),
    labels: labelsFromFields(fields),
    tokenizer,
    pooling: bittext.choice("pooling", "class", poolings),
    hiddenSize: fields.size("hidden_size", 768),
    intermediateSize: fields.size("intermediate_size", 3072),
    layers: fields.size("num_hidden_layers", 12),
    heads: fields.size("num_attention_heads", 12),
    activation: activationNames[
      fields.choice("hidden_act", "gelu", Object.keys(activationNames))
    ],
    queryKeyValueBias: fields.flag("qkv_bias", true),
    initializerRange: fields.positive("initializer_range", 0.02),
    layerNormEpsilon: fields.positive("layer_norm_eps", 1e-12),
    dropout: fields.rate("hidden_dropout_prob", 0),
    stochasticDepth: bittext.rate("stochastic_depth", 0),
    quantization,
    embedQuantization: quantizationAt(quantization, bittext.number("embed_bits", 32)),
    headQuantization: quantizationAt(quantization, bittext.number("head_bits", 32)),
  });
  fields.only("num_register_tokens", 0);
  fields.only("use_mask_token", false);
  // Of training, of other tasks, of a pooler that classification does not use, or for who has no BitText.
  fields.ignore("attention_probs_dropout_prob", "encoder_stride", "quantization_config");
  fields.ignore("pooler_act", "pooler_output_size", "use_pooler");
  bittext.ignore("note", "conv_channels");
  bittext.finish();
  fields.finish();
  return config;
}

const WHOLE = { min: 0, max: 16, whole: true, words: "a whole number from 0 to 16" };

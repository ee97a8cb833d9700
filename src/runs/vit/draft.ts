/**
 * Station 1 of an image model: what its options say of model and images.
 *
 * @module
 */
import { formatAugmentation, parseAugmentation } from "../../data/images/augment/augmentation.ts";
import { OptionError, optionName } from "../../errors.ts";
import {
  defaultImageInitializerRange,
  type ImageTokenizer,
  quantizationAt,
  smallVitConfig,
  type VitConfig,
} from "../../models/vit/config.ts";
import type { Quantization } from "../../nn/quantization.ts";
import type { OptionsOfRun } from "../options/values.ts";
import type { VIT_OPTIONS } from "./options.ts";
import type { ImageDataRecord } from "./run_config.ts";

/** The options of a run of an image model. */
export type VitRunOptions = OptionsOfRun<typeof VIT_OPTIONS>;

/** Patches of a configuration whose data is not loaded yet. */
const UNKNOWN_PATCH = 1;

/**
 * Model and data that options describe; the data fills in what only it can tell: size, colors and classes.
 *
 * @throws {InputError} If they contradict each other, or the augmentation is not understood.
 */
export function draftImages(
  options: VitRunOptions,
  quantization: Quantization,
): { readonly model: VitConfig; readonly data: ImageDataRecord } {
  const { dim, augment, labelColumn } = options;
  const tokenizer = tokenizerFrom(options);
  const model: VitConfig = {
    ...smallVitConfig,
    imageSize: options.imageSize ?? unknownSize(tokenizer),
    tokenizer,
    pooling: options.pooling ?? smallVitConfig.pooling,
    hiddenSize: dim,
    intermediateSize: options.ffn ?? 2 * dim,
    layers: options.layers,
    heads: options.heads,
    activation: options.activation,
    initializerRange: options.initializerRange ?? defaultImageInitializerRange(dim),
    dropout: options.dropout,
    stochasticDepth: options.dropPath ?? 0,
    quantization,
    embedQuantization: quantizationAt(quantization, options.embedBits ?? 32),
    headQuantization: quantizationAt(quantization, options.headBits ?? 32),
  };
  const data = {
    ...{ name: options.data, source: "", sha256: "" },
    augment: augment === undefined ? "" : formatAugmentation(parseAugmentation(augment)),
    ...{ mean: [], std: [] },
    ...(labelColumn !== undefined && { labelColumn }),
  };
  return { model, data };
}

/** A size that any images could have, until it is known what they have. */
function unknownSize(tokenizer: ImageTokenizer): number {
  return tokenizer.kind === "patch" ? tokenizer.patchSize : 2 ** tokenizer.layers;
}

function tokenizerFrom({ convLayers = 0, convChannels, patch }: VitRunOptions): ImageTokenizer {
  if (convLayers > 0) {
    if (patch === undefined) {
      return { kind: "convolution", layers: convLayers, channels: convChannels ?? 64 };
    }
    throw new OptionError(
      `Cannot use both ${optionName("patch")} ${patch} and ${optionName("convLayers")} ` +
        `${convLayers}: give one of them`,
    );
  }
  if (convChannels !== undefined) {
    throw new OptionError(
      `Cannot use ${optionName("convChannels")} ${convChannels} without ` +
        `${optionName("convLayers")}: add it, or leave both out`,
    );
  }
  return { kind: "patch", patchSize: patch ?? UNKNOWN_PATCH };
}

/**
 * The family of image models.
 *
 * @module
 */
import type { ModelFamily } from "../family.ts";
import { widthTraits } from "../traits.ts";
import { checkVitConfig, tokenCount, type VitConfig } from "./config.ts";
import { VIT_ARCHITECTURE, vitConfigFromJson, vitConfigToJson } from "./config_json.ts";
import { ImageClassifier } from "./model.ts";
import { VitModel } from "./network.ts";

/** Vision Transformers: images in, classes out. */
export const vitFamily: ModelFamily<VitConfig, ImageClassifier> = {
  name: "vit",
  does: "classifies images",
  architectures: [VIT_ARCHITECTURE],
  configFromJson: vitConfigFromJson,
  configToJson: vitConfigToJson,
  checkConfig: checkVitConfig,
  network: (config) => new VitModel(config),
  make: (config, device, source) => new ImageClassifier(config, device, source),
  quantizations: ({ quantization, embedQuantization, headQuantization }) => [
    ...[quantization, embedQuantization, headQuantization],
  ],
  facts: (config) => {
    const { tokenizer, embedQuantization, headQuantization } = config;
    return {
      layers: config.layers,
      width: config.hiddenSize,
      heads: config.heads,
      feed_forward: config.intermediateSize,
      image_size: config.imageSize,
      channels: config.channels,
      ...tokenizer.kind === "patch"
        ? { patch: tokenizer.patchSize }
        : { conv_layers: tokenizer.layers, conv_channels: tokenizer.channels },
      pooling: config.pooling,
      tokens: tokenCount(config),
      classes: config.labels.length,
      embed_bits: embedQuantization.weightBits,
      head_bits: headQuantization.weightBits,
    };
  },
  traits: widthTraits,
};

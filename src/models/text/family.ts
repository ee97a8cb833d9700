/**
 * The family of language models.
 *
 * @module
 */
import type { ModelFamily } from "../family.ts";
import { widthTraits } from "../traits.ts";
import {
  checkTextConfig,
  TEXT_ARCHITECTURE,
  type TextConfig,
  textConfigFromJson,
  textConfigToJson,
} from "./config.ts";
import { LanguageModel } from "./model.ts";
import { TextModel } from "./network.ts";

/** Language models: text in, text out. */
export const textFamily: ModelFamily<TextConfig, LanguageModel> = {
  name: "text",
  does: "writes text",
  architectures: [TEXT_ARCHITECTURE],
  configFromJson: textConfigFromJson,
  configToJson: textConfigToJson,
  checkConfig: checkTextConfig,
  network: (config) => new TextModel(config),
  make: (config, device, source) => new LanguageModel(config, device, source),
  quantizations: ({ quantization }) => [quantization],
  facts: (config) => ({
    layers: config.layers,
    width: config.hiddenSize,
    heads: config.heads,
    key_value_heads: config.keyValueHeads,
    feed_forward: config.intermediateSize,
    context: config.maxPositions,
    vocabulary: config.vocabSize,
  }),
  traits: widthTraits,
};

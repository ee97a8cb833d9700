import { smallTextConfig, type TextConfig } from "../src/models/text_config.ts";

/**
 * A ternary model as small as one can be that still has all its parts. Tests that share it share the compiled
 * kernels too, which a software GPU keeps on disk: compiling is what takes it longest.
 */
export const tinyTextConfig: TextConfig = {
  ...smallTextConfig,
  vocabSize: 11,
  layers: 2,
  hiddenSize: 16,
  intermediateSize: 24,
  heads: 2,
  keyValueHeads: 2,
  maxPositions: 4,
};

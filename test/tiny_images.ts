/**
 * A few images, and the smallest models that can learn them.
 *
 * @module
 */
import type { ImageBatch } from "../src/data/images/image_batches.ts";
import { Random } from "../src/random.ts";
import { numberedLabels, smallVitConfig, type VitConfig } from "../src/models/vit/config.ts";
import { makeQuantization } from "../src/nn/quantization.ts";

/** Classes of {@link tinyVitConfig}. */
export const TINY_CLASSES = 5;

/** Two blocks of width 16 with two heads, images of 3×8×8 in patches of 4. */
export function tinyVitConfig(
  options: Partial<VitConfig> & { readonly bits?: number } = {},
): VitConfig {
  const { bits = 1.58, ...fields } = options;
  return {
    ...smallVitConfig,
    imageSize: 8,
    channels: 3,
    labels: numberedLabels(TINY_CLASSES),
    tokenizer: { kind: "patch", patchSize: 4 },
    hiddenSize: 16,
    intermediateSize: 24,
    layers: 2,
    heads: 2,
    quantization: makeQuantization({ weightBits: bits }),
    ...fields,
  };
}

/** Images of normally distributed pixels, and classes drawn uniformly. */
export function randomImages(
  config: VitConfig,
  batch: number,
  seed = 0,
): ImageBatch & { readonly labels: Int32Array } {
  const random = new Random(seed);
  const pixels = batch * config.channels * config.imageSize ** 2;
  return {
    images: Float32Array.from({ length: pixels }, () => random.normal(0, 1)),
    labels: Int32Array.from({ length: batch }, () => random.integer(config.labels.length)),
  };
}

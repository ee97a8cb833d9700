/**
 * What quantization has lost in each layer.
 *
 * @module
 */
import { FloatReader } from "../files/float_reader.ts";
import { type QuantizationError, quantizationError } from "../quant/error_metrics.ts";
import type { TrainingMemory } from "./training_memory.ts";
import { forEachCode } from "./tensor_codes.ts";

/**
 * Compares every quantized weight matrix with its latent weights, as the last `refresh`, training step or forward pass
 * left its codes.
 *
 * @returns By module, the tensor's name without `.weight`, in the order of the state dict; empty for a float model.
 */
export async function layerErrors(
  memory: TrainingMemory,
): Promise<Map<string, QuantizationError>> {
  const latent = new FloatReader(await memory.tensors("parameters"));
  const errors = new Map<string, QuantizationError>();
  for await (const image of memory.readCodes()) {
    const weights = await latent.all(image.name);
    const quantized = new Float64Array(weights.length);
    forEachCode(image, (index, code, scale) => {
      quantized[index] = code * scale;
    });
    errors.set(image.name.replace(/\.weight$/, ""), quantizationError(weights, quantized));
  }
  return errors;
}

/** Means over the layers; of the decibels, over those that have noise. */
export function meanError(errors: ReadonlyMap<string, QuantizationError>): QuantizationError {
  const all = [...errors.values()];
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const decibels = all.map(({ sqnrDecibels }) => sqnrDecibels).filter(Number.isFinite);
  return {
    relativeMse: mean(all.map(({ relativeMse }) => relativeMse)),
    cosine: mean(all.map(({ cosine }) => cosine)),
    sqnrDecibels: decibels.length === 0 ? Infinity : mean(decibels),
  };
}

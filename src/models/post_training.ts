/**
 * Post-training quantization: a float model's weights, quantized as they are.
 *
 * @module
 */
import { FloatReader } from "../files/float_reader.ts";
import { type StoredTensor, storedTensor } from "../files/tensor.ts";
import {
  joinTensors,
  selectTensors,
  type TensorFile,
  tensorsInMemory,
} from "../files/tensor_file.ts";
import type { Quantization } from "../nn/quantization.ts";
import { weightsOfScales } from "../nn/weight_scales.ts";
import { bestLearnedScale } from "../quant/best_scale.ts";
import type { Model, OtherWidths } from "./model.ts";

/**
 * Quantizes a float model without training it: statistics of the weights give their scales, as in training; scales that
 * would be learned are those with the least squared error; running maxima of activations are the mean over
 * batches of data.
 *
 * @param float The model; it stays as it is.
 * @param calibrate Called with the model, to set its running maxima with `model.calibrate`. Needed only where
 * activations are quantized to them; without it every tensor is quantized to its own maximum.
 * @param widths Bits of what the family quantizes at a width of its own, such as `embedBits` and `headBits` of an image
 * model; they are else what they are.
 * @returns A model of its own, on the same device; to be disposed.
 * @throws {TypeError} If such a model has nothing of that name.
 *
 * @example Four bits without training
 * ```ts
 * import assert from "node:assert/strict";
 * import { LanguageModel, makeQuantization, openDevice, smallTextConfig } from "../../mod.ts";
 * import { quantizePostTraining } from "../../mod.ts";
 *
 * using device = await openDevice();
 * const sizes = { vocabSize: 16, hiddenSize: 32, intermediateSize: 64, layers: 1 };
 * const quantization = makeQuantization({ weightBits: 32 });
 * using float = new LanguageModel({ ...smallTextConfig, ...sizes, quantization }, device);
 * float.memory.initialize(0);
 *
 * using model = await quantizePostTraining(float, makeQuantization({ weightBits: 4 }));
 * const tokens = Int32Array.of(3, 1, 4);
 * const [expected, { logits }] = [
 *   await float.forward(tokens, { shape: [1, 3] }),
 *   await model.forward(tokens, { shape: [1, 3] }),
 * ];
 * assert(logits.every((value, i) => Math.abs(value - expected.logits[i]) < 0.3));
 * ```
 */
export async function quantizePostTraining<M extends Model>(
  float: M,
  quantization: Quantization,
  calibrate?: (model: M) => Promise<void>,
  widths: OtherWidths = {},
): Promise<M> {
  // It is of the class of the float model.
  const model = float.withQuantization(quantization, widths) as M;
  try {
    // What a quantizer of the float model kept beside its weights is not for this one.
    const known = new Set([...model.memory.layout.parts()].map(({ name }) => name));
    const all = await float.memory.tensors("parameters");
    const weights = selectTensors(all, (name) => known.has(name) ? name : undefined);
    const source = "the float model";
    const scales = tensorsInMemory(await bestScales(model, weights), source);
    await model.memory.load("parameters", joinTensors([weights, scales], source));
    await calibrate?.(model);
    return model;
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}

/** The scales with the least squared error, where scales are learned, as tensors of the state dict. */
async function bestScales(model: Model, weights: TensorFile): Promise<Map<string, StoredTensor>> {
  const reader = new FloatReader(weights);
  const found = new Map<string, StoredTensor>();
  for (const { parameter, learnedScales, quantization } of model.network.quantizedWeights) {
    if (!learnedScales) continue;
    const format = quantization.weightQuantizer!.format(quantization.weightBits);
    for (const [part, { name, shape }] of parameter.matrices.entries()) {
      const groups = weightsOfScales(await reader.all(name), shape, quantization);
      const best = Float32Array.from(groups, (group) => bestLearnedScale(format, group));
      const scales = learnedScales.parts[part];
      found.set(scales.name, storedTensor(best, scales.shape));
    }
  }
  return found;
}

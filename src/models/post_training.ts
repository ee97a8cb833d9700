/**
 * Post-training quantization: a float model's weights, quantized as they are.
 *
 * @module
 */
import { type StoredTensor, storedTensor, toFloat32 } from "../files/tensor.ts";
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
    const weights = new Map(
      [...await float.memory.read("parameters")].filter(([name]) => known.has(name)),
    );
    const scales = bestScales(model, weights);
    model.memory.write("parameters", new Map([...weights, ...scales]), "the float model");
    await calibrate?.(model);
    return model;
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}

/** The scales with the least squared error, where scales are learned, as tensors of the state dict. */
function bestScales(
  model: Model,
  weights: ReadonlyMap<string, StoredTensor>,
): Map<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  for (const { parameter, learnedScales, quantization } of model.network.quantizedWeights) {
    if (!learnedScales) continue;
    const format = quantization.weightQuantizer!.format(quantization.weightBits);
    parameter.matrices.forEach(({ name, shape }, part) => {
      const groups = weightsOfScales(toFloat32(weights.get(name)!), shape, quantization);
      const best = Float32Array.from(groups, (group) => bestLearnedScale(format, group));
      const scales = learnedScales.parts[part];
      found.set(scales.name, storedTensor(best, scales.shape));
    });
  }
  return found;
}

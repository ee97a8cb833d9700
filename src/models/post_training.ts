/**
 * Post-training quantization: a float model's weights, quantized as they are.
 *
 * @module
 */
import { type StoredTensor, storedTensor, toFloat32 } from "../files/stored_tensor.ts";
import type { Quantization } from "../nn/quantization.ts";
import { weightsOfSteps } from "../nn/weight_steps.ts";
import { bestLearnedStep } from "../quant/best_step.ts";
import { LanguageModel } from "./language_model.ts";

/** Text that running maxima of activations are taken from. */
export interface Calibration {
  /** Batch size and context length. */
  readonly shape: readonly [B: number, T: number];
  /** Batches of (B·T) ids. */
  readonly batches: readonly Int32Array[];
}

/**
 * Quantizes a float model without training it: statistics of the weights give their steps, as in training; steps that
 * would be learnt are those with the least squared error; running maxima of activations are the mean over a few batches.
 *
 * @param float The model; it stays as it is.
 * @param calibration Needed only where activations are quantized to a running maximum; without it every
 * tensor is quantized to its own maximum.
 * @returns A model of its own, on the same device; to be disposed.
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
export async function quantizePostTraining(
  float: LanguageModel,
  quantization: Quantization,
  calibration?: Calibration,
): Promise<LanguageModel> {
  const model = new LanguageModel({ ...float.config, quantization }, float.device);
  try {
    const weights = await float.memory.read("parameters");
    const steps = bestSteps(model, weights);
    model.memory.write("parameters", new Map([...weights, ...steps]), "the float model");
    if (calibration) await model.calibrate(calibration.batches, calibration.shape);
    return model;
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}

/** The steps with the least squared error, where steps are learnt, as tensors of the state dict. */
function bestSteps(
  model: LanguageModel,
  weights: ReadonlyMap<string, StoredTensor>,
): Map<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  for (const { parameter, learnedSteps, quantization } of model.network.quantizedWeights) {
    if (!learnedSteps) continue;
    const format = quantization.weightQuantizer!.format(quantization.weightBits);
    parameter.parts.forEach(({ name, shape: [rows, columns] }, part) => {
      const groups = weightsOfSteps(toFloat32(weights.get(name)!), [rows, columns], quantization);
      const best = Float32Array.from(groups, (group) => bestLearnedStep(format, group));
      const steps = learnedSteps.parts[part];
      found.set(steps.name, storedTensor(best, steps.shape));
    });
  }
  return found;
}

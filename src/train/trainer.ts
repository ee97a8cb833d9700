/**
 * Trains a model.
 *
 * @module
 */
import { ImageClassifier } from "../models/vit/model.ts";
import { LanguageModel } from "../models/text/model.ts";
import type { RunState } from "./checkpoint.ts";
import type { Evaluation } from "./evaluation.ts";
import type { ImageEvaluation } from "./image_evaluation.ts";
import { ImageTask, type ImageTrainingData } from "./image_task.ts";
import { initialState } from "./initial_state.ts";
import { OngoingRun } from "./ongoing_run.ts";
import type { TrainingOptions } from "./options.ts";
import type { RunDirectory } from "./run_directory.ts";
import type { Evaluated, TrainingTask } from "./task.ts";
import { TextTask, type TextTrainingData } from "./text_task.ts";
import type { TrainingHooks, TrainingResult } from "./training_hooks.ts";
import { TrainingLoop } from "./training_loop.ts";

/**
 * Trains until the last step, early stopping, or an interruption.
 *
 * @param model Trained in place; it ends with the weights of the last step, not the best ones.
 * @param data What it learns from: text for a language model, images for an image model.
 * @param directory Metrics, samples, best weights and checkpoints go there.
 * @param start Where to go on from; the model must hold its weights and moments.
 * @throws {InterruptedError} If `hooks.signal` was aborted; a checkpoint was saved.
 * @throws {WorkError} If the loss is not a number, the disk is full or the device is lost.
 * @throws {TypeError} If the data is not for such a model.
 *
 * @example A model of a custom text
 * ```ts
 * import assert from "node:assert/strict";
 * import * as bittext from "../../mod.ts";
 *
 * const text = "to be or not to be, ".repeat(50);
 * const tokenizer = bittext.CharTokenizer.fromText(text);
 * const split = bittext.splitTokens(tokenizer.encode(text));
 * const data = { ...split, validationBytes: split.validation.length - 1, tokenizer };
 *
 * using device = await bittext.openDevice();
 * const sizes = { vocabSize: tokenizer.vocabSize, hiddenSize: 32, intermediateSize: 64, layers: 1 };
 * using model = new bittext.LanguageModel({ ...bittext.smallTextConfig, ...sizes }, device);
 * model.memory.initialize(0);
 *
 * const options = bittext.trainingOptions({ steps: 10, batch: 4, context: 16, sampleEvery: 0 });
 * const run = new bittext.RunDirectory(await Deno.makeTempDir());
 * const { final } = await bittext.train(model, data, options, run);
 * assert(final.loss < Math.log(tokenizer.vocabSize)); // better than guessing
 * await Deno.remove(run.path, { recursive: true });
 * ```
 */
export function train(
  model: LanguageModel,
  data: TextTrainingData,
  options: TrainingOptions,
  directory: RunDirectory,
  start?: RunState,
  hooks?: TrainingHooks,
): Promise<TrainingResult<Evaluation>>;
/** Trains an image model. */
export function train(
  model: ImageClassifier,
  data: ImageTrainingData,
  options: TrainingOptions,
  directory: RunDirectory,
  start?: RunState,
  hooks?: TrainingHooks,
): Promise<TrainingResult<ImageEvaluation>>;
export async function train(
  model: LanguageModel | ImageClassifier,
  data: TextTrainingData | ImageTrainingData,
  options: TrainingOptions,
  directory: RunDirectory,
  start?: RunState,
  hooks?: TrainingHooks,
): Promise<TrainingResult> {
  return await trainTask(taskOf(model, data, options), options, directory, start, hooks);
}

function taskOf(
  model: LanguageModel | ImageClassifier,
  data: TextTrainingData | ImageTrainingData,
  options: TrainingOptions,
): TrainingTask<unknown> {
  const isText = "tokenizer" in data;
  if (model instanceof LanguageModel && isText) return new TextTask(model, data, options);
  if (model instanceof ImageClassifier && !isText) return new ImageTask(model, data, options);
  throw new TypeError(`Cannot train a ${model.family} model on ${isText ? "text" : "images"}`);
}

/**
 * Trains as {@link train} does, but anything: a custom model, or one with custom batches and evaluation.
 *
 * @param task What is trained on what; its model is trained in place.
 * @param directory Metrics, samples, best weights and checkpoints go there.
 * @param start Where to go on from; the model must hold its weights and moments.
 * @throws {InterruptedError} If `hooks.signal` was aborted; a checkpoint was saved.
 * @throws {WorkError} If the loss is not a number, the disk is full or the device is lost.
 */
export async function trainTask<Batch, E extends Evaluated>(
  task: TrainingTask<Batch, E>,
  options: TrainingOptions,
  directory: RunDirectory,
  start: RunState = initialState(options),
  hooks: TrainingHooks = {},
): Promise<TrainingResult<E>> {
  const { model } = task;
  // The other phase's step is made too, so that what does not fit is known before the run begins.
  if (!start.quantized) (await task.makeStep(true, hooks.reduce))[Symbol.dispose]();
  model.quantized = start.quantized;
  const step = await task.makeStep(start.quantized, hooks.reduce);
  const run = new OngoingRun(model, options, directory, start, hooks);
  using loop = new TrainingLoop(task, step, run);
  await hooks.onReady?.();
  return await loop.run();
}

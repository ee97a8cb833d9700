/**
 * Trains a model.
 *
 * @module
 */
import type { RunState } from "./checkpoint.ts";
import { initialState } from "./initial_state.ts";
import { estimateMemory, hostBytes } from "./memory_estimate.ts";
import { OngoingRun } from "./ongoing_run.ts";
import type { TrainingOptions } from "./options.ts";
import type { RunDirectory } from "./run_directory.ts";
import type { Evaluated, TrainingTask } from "./task.ts";
import type { TrainingHooks, TrainingResult } from "./training_hooks.ts";

/**
 * Trains until the last step, early stopping, or an interruption: whatever a task joins, a custom model, or one with
 * custom batches and evaluation. The model ends with the weights of the last step, not the best ones.
 *
 * @param task What is trained on what; its model is trained in place.
 * @param directory Metrics, samples, best weights and checkpoints go there.
 * @param start Where to go on from; the model must hold its weights and moments.
 * @throws {InterruptedError} If `hooks.signal` was aborted; a checkpoint was saved.
 * @throws {WorkError} If the loss is not a number, the disk is full or the device is lost.
 *
 * @example A model of a custom text
 * ```ts
 * import assert from "node:assert/strict";
 * import * as bittext from "../../mod.ts";
 * import { splitTokens } from "../faces/data.ts";
 *
 * const text = "to be or not to be, ".repeat(50);
 * const tokenizer = bittext.CharTokenizer.fromText(text);
 * const split = splitTokens(tokenizer.encode(text));
 * const data = { ...split, validationBytes: split.validation.length - 1, tokenizer };
 *
 * using device = await bittext.openDevice();
 * const sizes = { vocabSize: tokenizer.vocabSize, hiddenSize: 32, intermediateSize: 64, layers: 1 };
 * using model = new bittext.LanguageModel({ ...bittext.smallTextConfig, ...sizes }, device);
 * model.memory.initialize(0);
 *
 * const options = bittext.trainingOptions({ steps: 10, batch: 4, context: 16, sampleEvery: 0 });
 * const task = new bittext.TextTask(model, data, options);
 * const run = new bittext.RunDirectory(await Deno.makeTempDir());
 * const { final } = await bittext.trainTask(task, options, run);
 * assert(final.loss < Math.log(tokenizer.vocabSize)); // better than guessing
 * await Deno.remove(run.path, { recursive: true });
 * ```
 */
export async function trainTask<Batch, E extends Evaluated>(
  task: TrainingTask<Batch, E>,
  options: TrainingOptions,
  directory: RunDirectory,
  start: RunState = initialState(options),
  hooks: TrainingHooks = {},
): Promise<TrainingResult<E>> {
  const { model } = task;
  // Loaded here: who imports the library to run a model does not need it.
  const { TrainingLoop } = await import("./training_loop.ts");
  const host = hostBytes(model.memory);
  // The other phase's step is made too, so that what does not fit is known before the run begins.
  if (!start.quantized) (await task.makeStep(true, hooks.reduce))[Symbol.dispose]();
  model.quantized = start.quantized;
  const step = await task.makeStep(start.quantized, hooks.reduce);
  const run = new OngoingRun(model, options, directory, start, hooks);
  using loop = new TrainingLoop(task, step, run);
  await hooks.onReady?.(estimateMemory(task, step, host));
  return await loop.run();
}

/**
 * A float language model that is to be quantized.
 *
 * @module
 */
import { Random } from "../../random.ts";
import { RandomWindows } from "../../data/text/random_windows.ts";
import type { Tokens } from "../../data/text/token_source.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import type { LanguageModel } from "../../models/text/model.ts";
import { evaluateSplit } from "./evaluation.ts";
import { RunDirectory } from "../../train/run_directory.ts";
import type { EvaluationRequest } from "../family.ts";
import { CALIBRATION_BATCHES, type FloatRun } from "../float_run.ts";
import { PARTS, type TextEvaluationOptions } from "./evaluate.ts";
import { evaluationData } from "./evaluation_data.ts";
import { openTextRun } from "./open_run.ts";

/** Opens a language model and its text. */
export async function openFloatText(
  { directory, options, device, work }: EvaluationRequest<TextEvaluationOptions>,
  calibrated: boolean,
): Promise<FloatRun<LanguageModel>> {
  using opened = new DisposableStack();
  const { model, tokenizer } = opened.use(
    await openTextRun(directory, device, { trainable: true, onNote: work.onNote }),
  );
  const evaluated = await evaluationData(options, directory, work);
  const part = PARTS[options.split];
  const parts = calibrated ? new Set([part, "train"] as const) : [part];
  const prepared = opened.use(await evaluated.open(tokenizer, [...parts]));
  const { tokens, predictedBytes } = prepared.part(part);
  work.onNote?.(`${directory.path} on the ${options.split} split of ${evaluated.source}`);
  const shape = { batch: options.batch, context: model.config.maxPositions };
  const owned = opened.move();
  return {
    model,
    evaluate: (model) =>
      evaluateSplit(model, tokens, {
        ...shape,
        bytes: predictedBytes,
        signal: work.signal,
      }),
    calibrate: (model) =>
      model.calibrate(calibrationBatches(prepared.part("train").tokens, shape), [
        shape.batch,
        shape.context,
      ]),
    saveBeside: (directory) =>
      writeFileAtomic(
        new RunDirectory(directory).tokenizerPath,
        JSON.stringify(tokenizer.toJSON()) + "\n",
      ),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** A few windows of a text, always the same; each is written over by the next. */
async function* calibrationBatches(
  text: Tokens,
  shape: { readonly batch: number; readonly context: number },
): AsyncGenerator<Int32Array> {
  const windows = new RandomWindows(text, shape, new Random(0));
  const tokens = new Int32Array(shape.batch * shape.context);
  const targets = new Int32Array(shape.batch * shape.context);
  for (let i = 0; i < CALIBRATION_BATCHES; i++) {
    await windows.fill(tokens, targets);
    yield tokens;
  }
}

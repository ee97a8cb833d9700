/**
 * How good a language model is on a text.
 *
 * @module
 */
import type { PartName } from "../../data/text/corpus.ts";
import { OptionError, optionName } from "../../errors.ts";
import type { EvaluationRequest, Report } from "../family.ts";
import { percent } from "../metrics.ts";
import type { OptionsOfTable } from "../options/values.ts";
import { evaluateSplit, type Evaluation } from "./evaluation.ts";
import { evaluationData } from "./evaluation_data.ts";
import { openTextRun } from "./open_run.ts";
import type { TEXT_EVALUATION_OPTIONS, TEXT_REPORT_OPTIONS } from "./options.ts";

/** What a language model is evaluated on. */
export type TextEvaluationOptions = OptionsOfTable<typeof TEXT_EVALUATION_OPTIONS>;

/** How a language model is evaluated. */
type TextReportOptions = OptionsOfTable<
  typeof TEXT_EVALUATION_OPTIONS & typeof TEXT_REPORT_OPTIONS
>;

/** What the option `split` calls the parts of data. */
export const PARTS: Readonly<Record<TextEvaluationOptions["split"], PartName>> = {
  train: "train",
  val: "validation",
  validation: "validation",
  test: "test",
  all: "all",
};

/** Evaluates the language model in a run or model directory. */
export async function evaluateTextRun(
  { directory, options, device, work }: EvaluationRequest<TextReportOptions>,
): Promise<Report<Evaluation>> {
  using opened = await openTextRun(directory, device, { onNote: work.onNote });
  const { model, tokenizer } = opened;
  const { maxPositions } = model.config;
  if (options.stride !== undefined && options.stride > maxPositions) {
    throw new OptionError(
      `Cannot evaluate with ${optionName("stride")} ${options.stride}: the model sees ` +
        `${maxPositions} tokens at once, so that a larger stride would leave some out`,
    );
  }
  const part = PARTS[options.split];
  const evaluated = await evaluationData(options, directory, work);
  using prepared = await evaluated.open(tokenizer, [part]);
  const { tokens, predictedBytes } = prepared.part(part);
  work.onNote?.(`${directory.path} on the ${options.split} split of ${evaluated.source}`);
  const total = tokens.length - 1;
  const result = await evaluateSplit(model, tokens, {
    batch: options.batch,
    context: maxPositions,
    stride: options.stride,
    bytes: predictedBytes,
    onTokens: (done) => work.onProgress?.({ label: "eval", unit: "tokens", done, total }),
    signal: work.signal,
  });
  return { result, lines: describe(result) };
}

function describe(evaluation: Evaluation): string[] {
  return [
    `loss           ${evaluation.loss.toFixed(4)} nats per token`,
    `perplexity     ${evaluation.perplexity.toFixed(4)}`,
    `bits per byte  ${evaluation.bits_per_byte.toFixed(4)}`,
    `accuracy       ${percent(evaluation.accuracy)}`,
    `tokens         ${evaluation.tokens.toLocaleString("en")}`,
  ];
}

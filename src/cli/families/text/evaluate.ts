/**
 * `eval` of a language model: how good it is on a text.
 *
 * @module
 */
import type { PartName } from "../../../data/text/corpus.ts";
import type { Device } from "../../../device/device.ts";
import { InputError } from "../../../errors.ts";
import { evaluateSplit, type Evaluation } from "../../../train/evaluation.ts";
import type { RunDirectory } from "../../../train/run_directory.ts";
import type { ParsedFlags } from "../../flags/commands.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { evaluationData } from "./evaluation_data.ts";
import { openRun } from "./open_run.ts";

type EvalFlags = ParsedFlags<"eval">;

/** What `--split` calls the parts of data. */
export const PARTS: Readonly<Record<EvalFlags["split"], PartName>> = {
  train: "train",
  val: "validation",
  validation: "validation",
  test: "test",
  all: "all",
};

/**
 * Evaluates a language model.
 *
 * @param directory Its run or model directory.
 */
export async function evaluateText(
  directory: RunDirectory,
  flags: EvalFlags,
  device: Device,
  context: CommandContext,
): Promise<Evaluation> {
  using opened = await openRun(directory.path, device);
  const { model, tokenizer } = opened;
  const { maxPositions } = model.config;
  if (flags.stride !== undefined && flags.stride > maxPositions) {
    throw new InputError(
      `Cannot evaluate with --stride ${flags.stride}: the model sees ${maxPositions} tokens at ` +
        "once, so that a larger stride would leave some out",
    );
  }
  const part = PARTS[flags.split];
  const evaluated = await evaluationData(flags, directory, context);
  using prepared = await evaluated.open(tokenizer, [part]);
  const { tokens, predictedBytes } = prepared.part(part);
  context.note(`${directory.path} on the ${flags.split} split of ${evaluated.source}`);

  using progress = context.progress(tokens.length - 1, "eval", "tokens");
  const evaluation = await evaluateSplit(model, tokens, {
    batch: flags.batch,
    context: maxPositions,
    stride: flags.stride,
    bytes: predictedBytes,
    onTokens: (done) => progress.update(done),
    signal: context.interrupted,
  });
  if (!context.json) {
    context.print(`loss           ${evaluation.loss.toFixed(4)} nats per token`);
    context.print(`perplexity     ${evaluation.perplexity.toFixed(4)}`);
    context.print(`bits per byte  ${evaluation.bits_per_byte.toFixed(4)}`);
    context.print(`accuracy       ${(100 * evaluation.accuracy).toFixed(2)} %`);
    context.print(`tokens         ${evaluation.tokens.toLocaleString("en")}`);
  }
  return evaluation;
}

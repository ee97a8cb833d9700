/**
 * `eval`: how good a run is on a text.
 *
 * @module
 */
import { loadTextDataset } from "../../data/datasets.ts";
import { splitTokens } from "../../data/split.ts";
import { openDevice } from "../../device/open_device.ts";
import { evaluateSplit, type Evaluation } from "../../train/evaluation.ts";
import type { ParsedFlags } from "../commands.ts";
import type { CommandContext } from "../context.ts";
import { openRun } from "../open_run.ts";
import { predictedBytes } from "../training_setup.ts";

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"eval">,
  context: CommandContext,
): Promise<Evaluation> {
  using device = await openDevice({ backend: flags.device });
  using opened = await openRun(flags.run, device);
  const { model, tokenizer, directory } = opened;
  const data = flags.data ?? (await directory.readConfig()).data.name;
  const { text, source } = await loadTextDataset(data, { onNotice: context.note });
  const splits = splitTokens(tokenizer.encode(text));
  const split = flags.split === "train" ? splits.train : splits.validation;
  context.note(`${directory.path} on the ${flags.split} split of ${source}`);

  const positions = model.config.maxPositions;
  using progress = context.progress(split.length - 1, "eval", "tokens");
  const evaluation = await evaluateSplit(model, split, {
    batch: flags.batch,
    context: positions,
    bytes: predictedBytes(split, tokenizer),
    onBatch: (done, total) => progress.update(Math.floor(done / total * (split.length - 1))),
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

/**
 * `eval`: how good a run is on a text.
 *
 * @module
 */
import { predictedBytes } from "../../data/predicted_bytes.ts";
import { textParts } from "../../data/split.ts";
import type { LoadedText } from "../../data/text_source.ts";
import { openDevice } from "../../device/open_device.ts";
import { InputError } from "../../errors.ts";
import { evaluateSplit, type Evaluation } from "../../train/evaluation.ts";
import type { RunDirectory } from "../../train/run_directory.ts";
import type { ParsedFlags } from "../commands.ts";
import type { CommandContext } from "../context.ts";
import { loadText } from "../loaded_text.ts";
import { openRun } from "../open_run.ts";

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"eval">,
  context: CommandContext,
): Promise<Evaluation> {
  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  using opened = await openRun(flags.run, device);
  const { model, tokenizer, directory } = opened;
  const loaded = await chooseText(flags, directory, context);
  const splits = textParts(loaded);
  const part = flags.split === "train" ? splits.train : splits.validation;
  const split = tokenizer.encode(part);
  context.note(`${directory.path} on the ${flags.split} split of ${loaded.source}`);

  const positions = model.config.maxPositions;
  using progress = context.progress(split.length - 1, "eval", "tokens");
  const evaluation = await evaluateSplit(model, split, {
    batch: flags.batch,
    context: positions,
    bytes: predictedBytes(part, split, tokenizer),
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

/** The text of `--data`, or the one the run was trained on if it is still the same. */
async function chooseText(
  flags: ParsedFlags<"eval">,
  directory: RunDirectory,
  context: CommandContext,
): Promise<LoadedText> {
  if (flags.data !== undefined) return await loadText(flags.data, flags.textColumn, context);
  const { data } = await directory.readConfig();
  const loaded = await loadText(data.name, flags.textColumn ?? data.textColumn, context);
  if (loaded.sha256 === data.sha256) return loaded;
  throw new InputError(
    `Cannot evaluate ${directory.path} on the text it was trained on: ${loaded.source} has ` +
      `changed since; name it with --data to evaluate on it as it is`,
  );
}

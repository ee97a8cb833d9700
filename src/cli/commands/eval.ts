/**
 * `eval`: how good a run is on data.
 *
 * @module
 */
import { openDevice } from "../../device/open_device.ts";
import { readModelFamily } from "../../models/model_directory.ts";
import type { Evaluation } from "../../train/evaluation.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { evaluateImageRun, type ImageReport } from "../families/vit/evaluate.ts";
import { evaluateText } from "../families/text/evaluate.ts";
import { flagsForModel } from "../flags/model_flags.ts";
import { chooseRun } from "../runs/run_choice.ts";

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"eval">,
  context: CommandContext,
): Promise<Evaluation | ImageReport> {
  const directory = await chooseRun(flags.run);
  const family = await readModelFamily(directory.path);
  const own = flagsForModel("eval", flags, family.name);
  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  return family.name === "vit"
    ? await evaluateImageRun(directory, own, device, context)
    : await evaluateText(directory, own, device, context);
}

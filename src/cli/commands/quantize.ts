/**
 * `quantize`: a float run in fewer bits, without training, and what that costs.
 *
 * @module
 */
import { quantizeRun } from "../../runs/quantize.ts";
import type { QuantizeOutcome } from "../../runs/quantize_outcome.ts";
import { optionsOf, type ParsedFlags } from "../flags/commands.ts";
import { describeOutcome } from "../runs/quantize_text.ts";
import type { CommandContext } from "../terminal/context.ts";
import { StageProgress, workHooks } from "../terminal/stage_progress.ts";

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"quantize">,
  context: CommandContext,
): Promise<QuantizeOutcome> {
  using stages = new StageProgress(context);
  const outcome = await quantizeRun(optionsOf(flags), workHooks(context, stages));
  stages[Symbol.dispose]();
  if (!context.json) { for (const line of await describeOutcome(outcome)) context.print(line); }
  return outcome;
}

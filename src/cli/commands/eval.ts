/**
 * `eval`: how good a run is on data.
 *
 * @module
 */
import { reportOfRun } from "../../runs/evaluate.ts";
import type { Evaluated } from "../../train/task.ts";
import { optionsOf, type ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { StageProgress, workHooks } from "../terminal/stage_progress.ts";

/** Runs the command. */
export async function run(flags: ParsedFlags<"eval">, context: CommandContext): Promise<Evaluated> {
  using stages = new StageProgress(context);
  const { result, lines } = await reportOfRun(optionsOf(flags), workHooks(context, stages));
  stages[Symbol.dispose]();
  if (!context.json) { for (const line of lines) context.print(line); }
  return result;
}

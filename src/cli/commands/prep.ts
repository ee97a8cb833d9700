/**
 * `prep`: fetches, verifies and tokenizes or decodes data, so that runs find it ready.
 *
 * @module
 */
import { prepareData } from "../../runs/data.ts";
import { optionsOf, type ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { StageProgress, workHooks } from "../terminal/stage_progress.ts";

/** Runs the command. */
export async function run(flags: ParsedFlags<"prep">, context: CommandContext): Promise<object> {
  using stages = new StageProgress(context);
  const { result, lines } = await prepareData(optionsOf(flags), workHooks(context, stages));
  stages[Symbol.dispose]();
  if (!context.json) { for (const line of lines) context.print(line); }
  return result;
}

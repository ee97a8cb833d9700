/**
 * Flags for one kind of model: what it has other defaults for, and what means nothing to it.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { type CommandName, flagsOf, type ParsedFlags } from "./commands.ts";
import { type Flag, kebabCase } from "./flag.ts";

/**
 * The flags of a command as a kind of model understands them.
 *
 * @param model What `--model` calls it.
 * @throws {InputError} If one was given that means nothing to it.
 */
export function flagsForModel<C extends CommandName>(
  command: C,
  flags: ParsedFlags<C>,
  model: string,
): ParsedFlags<C> {
  const given: ReadonlySet<unknown> = flags.given;
  const others: Record<string, string | number> = {};
  for (const [key, flag] of Object.entries(flagsOf(command))) {
    if (given.has(key)) checkMeaning(key, flag, model);
    else if (flag.defaultFor?.[model] !== undefined) others[key] = flag.defaultFor[model];
  }
  return { ...flags, ...others };
}

/** @throws {InputError} If a flag means nothing to a kind of model. */
export function checkMeaning(key: string, { only }: Flag, model: string): void {
  if (only === undefined || only === model) return;
  throw new InputError(
    `Cannot use --${kebabCase(key)} with a model of kind ${model}: it is for --model ${only} only`,
  );
}

/**
 * Station 1 of a run that was started before: what it was started with, with the options that may change.
 *
 * @module
 */
import { OptionError, optionName } from "../errors.ts";
import type { RunConfig } from "../train/run_config.ts";
import { optionGroups } from "./families.ts";
import type { RunFamily } from "./family.ts";
import { quoted } from "./options/option_value.ts";
import type { Kept, RunOption } from "./options/run_option.ts";
import { type GeneralValues, tableOf } from "./options/values.ts";
import { checkLength } from "./recipe.ts";

/**
 * The configuration a stored run goes on with.
 *
 * @param options Those that were given count.
 * @throws {OptionError} If one contradicts the run.
 */
export function resumedConfig(
  family: RunFamily,
  options: GeneralValues,
  stored: RunConfig,
): RunConfig {
  checkLength(options);
  const values: Readonly<Record<string, unknown>> = options;
  const changed: Record<string, unknown> = {};
  let place = stored.data.name;
  for (const [name, option] of Object.entries(tableOf(optionGroups(family)))) {
    if (!options.given.has(name) || "circumstance" in option) continue;
    const asked = values[name] ?? null;
    if ("training" in option && option.mayChange) changed[option.training] = asked;
    else if (means(option, asked, keptOf(option, stored))) continue;
    else if (mayMove(option, asked, keptOf(option, stored))) place = String(asked);
    else {
      throw contradiction(name, asked, keptOf(option, stored));
    }
  }
  const training = { ...stored.training, ...changed };
  const epochs = options.epochs ?? (options.given.has("steps") ? null : stored.epochs);
  return { ...stored, training, epochs, data: { ...stored.data, name: place } };
}

/** The error of an option that would have to be what it was when the run was started. */
export function contradiction(option: string, asked: unknown, kept: Kept): OptionError {
  const name = optionName(option);
  return new OptionError(
    `Cannot resume with ${name} ${quoted(String(asked))}: the run was started ` +
      (kept === null ? `without ${name}` : `with ${name} ${quoted(String(kept))}`) +
      "; leave it out, or start a new run",
  );
}

/** What an option would have to be for a run as it was started; null where it was not given. */
export function keptOf(option: RunOption, run: RunConfig): Kept {
  if ("kept" in option) return option.kept(run);
  return "training" in option ? run.training[option.training] : null;
}

function mayMove(option: RunOption, asked: unknown, kept: Kept): boolean {
  if (typeof asked !== "string" || typeof kept !== "string") return false;
  return "mayMove" in option && option.mayMove?.(asked, kept) === true;
}

/** Whether an option's value says the same as what the run was started with. */
function means(option: RunOption, asked: unknown, kept: Kept): boolean {
  if (asked === kept) return true;
  if (typeof asked !== "string" || typeof kept !== "string") return false;
  return "same" in option && option.same?.(asked, kept) === true;
}

/**
 * The flags of all families of models together: one command serves them all.
 *
 * @module
 */
import { modelOption, optionGroups, runFamilies } from "../../runs/families.ts";
import type { RunFamily } from "../../runs/family.ts";
import { GENERAL_OPTIONS } from "../../runs/options/general.ts";
import type { Option, OptionGroups, OptionTable } from "../../runs/options/option.ts";
import type { Flag, FlagGroups, FlagTable } from "./flag.ts";

/** One table of what each family has. */
export function flagsOfFamilies(tableOf: (family: RunFamily) => OptionTable): FlagTable {
  const merged: Record<string, Flag> = {};
  const owners: Record<string, string[]> = {};
  const families = runFamilies();
  for (const family of families) {
    const { name } = family.models;
    for (const [key, option] of Object.entries(tableOf(family))) {
      merged[key] = key in merged ? together(merged[key], option, name) : option;
      (owners[key] ??= []).push(name);
    }
  }
  for (const [key, only] of Object.entries(owners)) {
    if (only.length < families.length) merged[key] = { ...merged[key], only };
  }
  return merged;
}

/** A flag that another family has too. */
function together(flag: Flag, option: Option, family: string): Flag {
  const other: Flag & { readonly choices?: readonly (string | number)[] } = option;
  const { choices, names, defaultFor, otherwiseFor, ...rest } = flag as Flag & {
    readonly choices?: readonly (string | number)[];
    readonly names?: readonly string[];
  };
  const union = <T>(a: readonly T[] = [], b: readonly T[] = []) => [...new Set([...a, ...b])];
  const otherNames = "names" in option ? option.names : undefined;
  const isOther = option.default !== undefined && option.default !== flag.default;
  const isOtherwise = option.default === undefined && option.otherwise !== undefined &&
    option.otherwise !== flag.otherwise;
  const description = option.description === flag.description
    ? {}
    : { description: `${flag.description}; with \`model\` ${family}: ${option.description}` };
  return {
    ...rest,
    ...description,
    ...choices && { choices: union(choices, other.choices) },
    ...(names ?? otherNames) && { names: union(names, otherNames) },
    ...(defaultFor || isOther) &&
      { defaultFor: { ...defaultFor, ...isOther && { [family]: option.default } } },
    ...(otherwiseFor || isOtherwise) &&
      { otherwiseFor: { ...otherwiseFor, ...isOtherwise && { [family]: option.otherwise } } },
  } as Flag;
}

/** The flags of a training run by their heading: those of every run, and those of the families where they belong. */
export function trainingGroups(): FlagGroups {
  const families = runFamilies().map(optionGroups);
  const general: OptionGroups = GENERAL_OPTIONS;
  const own = families.flatMap(Object.keys).filter((heading) => !(heading in general));
  const headings = new Set(["Data", "Model", ...own, ...Object.keys(general)]);
  const groups = [...headings].map((heading): [string, FlagTable] => {
    const table = flagsOfFamilies((family) => optionGroups(family)[heading] ?? {});
    return [heading, heading === "Model" ? { model: modelOption(), ...table } : table];
  });
  return Object.fromEntries(groups);
}

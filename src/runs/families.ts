/**
 * The list of the families of runs, and what follows from all of them together.
 *
 * @module
 */
import { OptionError, optionName } from "../errors.ts";
import { type builtInFamilies, familyOfConfig, registerModelFamily } from "../models/families.ts";
import { CONFIG_FILE, readJson } from "../models/model_directory.ts";
import { join } from "../host/paths.ts";
import type { RunFamily } from "./family.ts";
import { GENERAL_OPTIONS } from "./options/general.ts";
import { alternatives, type ChoiceOption } from "./options/option.ts";
import type { RunOptionGroups, RunOptionTable } from "./options/run_option.ts";
import { type GivenOptions, type OptionsOfRun, tableOf, valuesOf } from "./options/values.ts";
import { textRuns } from "./text/family.ts";
import { vitRuns } from "./vit/family.ts";

/** The families of this version; one for each of the models there are. The first is what is trained by default. */
export const builtInRuns = { text: textRuns, vit: vitRuns } as const satisfies Record<
  keyof typeof builtInFamilies,
  RunFamily
>;

/** The families of this version, by their names. */
export type BuiltInRuns = typeof builtInRuns;

/** The family of what is trained by default. */
export type DefaultRuns = BuiltInRuns["text"];

const families = new Map<string, RunFamily>(Object.entries(builtInRuns));

/** Every family of runs, those that were registered last. */
export function runFamilies(): RunFamily[] {
  return [...families.values()];
}

/** Names of the families, the default first. */
export function familyNames(): string[] {
  return [...families.keys()];
}

/** The option that says of which family a run is. */
export function modelOption(): ChoiceOption & { readonly default: string } {
  const names = familyNames();
  return {
    kind: "choice",
    choices: names,
    default: names[0],
    description: `kind of model: one that ${
      alternatives(runFamilies().map(({ models: { does } }) => does))
    }`,
    later: /^(clip|vlm)$/,
  };
}

/**
 * Adds a custom family: its models are then trained, evaluated, swept and opened as any others, by the library and,
 * with the file that does this as `--import`, by the program.
 *
 * @throws {InputError} If another family has its name or one of its architectures.
 */
export function registerFamily(family: RunFamily): void {
  registerModelFamily(family.models);
  families.set(family.models.name, family);
}

/**
 * The family of a name.
 *
 * @throws {OptionError} If there is none.
 */
export function runFamily(name: string): RunFamily {
  const family = families.get(name);
  if (family !== undefined) return family;
  throw new OptionError(
    `Cannot use ${optionName("model")} ${name}: there is ${alternatives(familyNames(), "and")}; ` +
      `register another first (${optionName("import")} names a file that does)`,
  );
}

/**
 * The family of the model in a directory: a run's, a checkpoint's or anyone's.
 *
 * @throws {InputError} If there is none, its `config.json` is damaged, or it is of a family without runs.
 */
export async function familyOfDirectory(directory: string): Promise<RunFamily> {
  const path = join(directory, CONFIG_FILE);
  return runFamily(familyOfConfig(await readJson(path), path).name);
}

/** The options of a run of a family by their heading: those of every run, and its own in their place. */
export function optionGroups(family: RunFamily): RunOptionGroups {
  const general: RunOptionGroups = GENERAL_OPTIONS;
  const own = family.options;
  const groups: Record<string, RunOptionTable> = {};
  for (const heading of new Set([...Object.keys(own), ...Object.keys(general)])) {
    const table = own[heading] ?? {};
    const others = Object.entries(general[heading] ?? {}).filter(([name]) => !(name in table));
    groups[heading] = { ...Object.fromEntries(others), ...table };
  }
  return groups;
}

/**
 * Checks the options of a run of a family, and fills in the defaults of the others.
 *
 * @throws {OptionError} If one is unknown, means nothing to the family, or has an impossible value.
 */
export function runOptions<O extends RunOptionGroups>(
  family: RunFamily<O>,
  given: GivenOptions,
): OptionsOfRun<O> {
  const table = tableOf(optionGroups(family));
  checkMeaning(family.models.name, table, given, (other) => tableOf(optionGroups(other)));
  return valuesOf(table, given) as OptionsOfRun<O>;
}

/**
 * Checks that options mean something to a family.
 *
 * @param tableOf The options of any family.
 * @throws {OptionError} If one is an option of other families only.
 */
export function checkMeaning(
  name: string,
  table: Readonly<Record<string, unknown>>,
  given: GivenOptions,
  tableOf: (family: RunFamily) => Readonly<Record<string, unknown>>,
): void {
  for (const option of Object.keys(given)) {
    if (given[option] === undefined || Object.hasOwn(table, option)) continue;
    const owners = runFamilies().filter((family) => Object.hasOwn(tableOf(family), option))
      .map(({ models }) => models.name);
    if (owners.length === 0) continue;
    throw new OptionError(
      `Cannot use ${optionName(option)} with a model of kind ${name}: it is for ` +
        `${optionName("model")} ${alternatives(owners, "and")} only`,
    );
  }
}

/**
 * The values of options: those that were given, checked, and the defaults of the others.
 *
 * @module
 */
import { OptionError, optionName } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import type { GeneralOptions } from "./general.ts";
import type { OptionGroups, OptionTable, OptionValues } from "./option.ts";
import { convertValue, quoted } from "./option_value.ts";

/** Options by their names in camelCase, as a program gives them; one that is undefined was not given. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/** What values of options come with. */
export type Given = {
  /** The options that were given, to tell them from defaults. */
  readonly given: ReadonlySet<string>;
};

/** One type that has the properties of all members of a union. */
export type Together<U> = (U extends U ? (member: U) => void : never) extends (all: infer I) => void
  ? I
  : never;

/** All options of some groups in one table. */
export type TableOf<G extends OptionGroups> = Together<G[keyof G]>;

/** The values of the options of a table; of any table nothing is known but which were given. */
export type OptionsOfTable<T extends OptionTable> = string extends keyof T ? Given
  : OptionValues<T> & Given;

/** The values of the options that every run has. */
export type GeneralValues = OptionValues<TableOf<GeneralOptions>> & Given;

/** The values of the options of a run: those of every run, and those of its family. */
export type OptionsOfRun<G extends OptionGroups> = string extends keyof G ? GeneralValues
  : OptionValues<TableOf<G>> & GeneralValues;

/** All options of some groups in one table, in their order. */
export function tableOf<G extends OptionGroups>(groups: G): G[keyof G] & OptionTable {
  return Object.assign({}, ...Object.values<OptionTable>(groups));
}

/**
 * Checks options, and fills in the defaults of the others.
 *
 * @param table What there is.
 * @param given What was given.
 * @returns The value of every option that was given or has a constant default.
 * @throws {OptionError} If one is unknown or has an impossible value.
 */
export function valuesOf<T extends OptionTable>(table: T, given: GivenOptions): OptionsOfTable<T> {
  const stated = Object.entries(given).filter(([, value]) => value !== undefined);
  const values: Record<string, unknown> = {
    given: new Set(stated.map(([name]) => name)),
  };
  for (const [name, option] of Object.entries<OptionTable[string]>(table)) {
    const fallback = option.default ?? (option.kind === "boolean" ? false : undefined);
    if (fallback !== undefined) values[name] = option.listed ? [fallback] : fallback;
  }
  for (const [name, value] of stated) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, Object.keys(table));
    const label = `${optionName(name)} ${quoted(value)}`;
    const option = table[name];
    values[name] = option.listed
      ? [value].flat().map((item) => convertValue(option, { value: item, label }))
      : convertValue(option, { value, label });
  }
  return values as OptionsOfTable<T>;
}

function unknownOption(name: string, names: readonly string[]): OptionError {
  const meant = nearestName(name, names);
  return new OptionError(
    `Cannot use ${optionName(name)}: there is no such option` +
      (meant === undefined ? "" : `, did you mean ${optionName(meant)}?`),
  );
}

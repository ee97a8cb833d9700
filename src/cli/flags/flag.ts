/**
 * What a flag is: an option as it is typed, which may mean something for some kinds of models only, or have another
 * default for each.
 *
 * @module
 */
import type { Option, OptionTable } from "../../runs/options/option.ts";

/** One flag of a command. */
export type Flag = Option & {
  /** The kinds of models that it means something for; left out if for all. */
  readonly only?: readonly string[];
  /** Its default for kinds of models that have another one. */
  readonly defaultFor?: Readonly<Record<string, string | number | true>>;
  /** What holds without it for those kinds of models, in words. */
  readonly otherwiseFor?: Readonly<Record<string, string>>;
};

/** Flags by their name in camelCase. */
export type FlagTable = Readonly<Record<string, Flag>>;

/** The flag tables of a command by the heading they have in its help text. */
export type FlagGroups = Readonly<Record<string, FlagTable>>;

/** A table whose flags each take a list of values. */
export type Listed<T> = { readonly [K in keyof T]: T[K] & { readonly listed: true } };

/** The flags of a table, each taking a list of values. */
export function listed<const T extends OptionTable>(table: T): Listed<T> {
  const flags = Object.entries(table).map(([key, flag]) => [key, { ...flag, listed: true }]);
  return Object.fromEntries(flags) as Listed<T>;
}

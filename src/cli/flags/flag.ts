/**
 * What a flag is. Parsing, `--config`, the help text and the types that the commands see are all
 * derived from tables of these.
 *
 * @module
 */

/** What every kind of flag says of itself. */
interface Described {
  /** One line for the help text, without a capital or a full stop. */
  readonly description: string;
  /** What stands for the value in the help text, such as `DIR`. */
  readonly placeholder?: string;
  /** What holds without the flag, where that is not a constant. */
  readonly otherwise?: string;
  /** Names it has in other programs; typing one of them gets a suggestion. */
  readonly alsoCalled?: readonly string[];
  /** Values of the public interface that this version does not have yet. */
  readonly later?: RegExp;
  /** The only kind of model that it means something for. */
  readonly only?: string;
  /** Its default for kinds of models that have another one. */
  readonly defaultFor?: Readonly<Record<string, string | number>>;
  /** Whether it takes several values, with commas between them; it then gives a list. */
  readonly listed?: boolean;
}

/** A switch: `--name` or `--no-name`. */
export interface BooleanFlag extends Described {
  readonly kind: "boolean";
  /** By default it is off. */
  readonly default?: true;
}

/** A number, with inclusive (`min`, `max`) and exclusive (`above`, `below`) bounds. */
export interface NumberFlag extends Described {
  readonly kind: "number" | "integer";
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  readonly default?: number;
}

/** One of a few values. */
export interface ChoiceFlag extends Described {
  readonly kind: "choice";
  readonly choices: readonly (string | number)[];
  readonly default?: string | number;
}

/** Any text, the empty one too. */
export interface TextFlag extends Described {
  readonly kind: "text";
  /** Throws an InputError if it does not like the text. */
  readonly check?: (text: string) => unknown;
  readonly default?: string;
}

/** A file or folder, or one of the names that are accepted in its place. */
export interface PathFlag extends Described {
  readonly kind: "path";
  readonly names?: readonly string[];
  /** Whether the flag may stand without a value, which is then `true`. */
  readonly valueOptional?: boolean;
  readonly default?: string;
}

/** One flag of a command. */
export type Flag = BooleanFlag | NumberFlag | ChoiceFlag | TextFlag | PathFlag;

/** Flags by their name in camelCase. */
export type FlagTable = Readonly<Record<string, Flag>>;

/** The flag tables of a command by the heading they have in its help text. */
export type FlagGroups = Readonly<Record<string, FlagTable>>;

/** The type of the value that a flag of type `F` gives. */
export type FlagValue<F> = F extends { listed: true } ? readonly ItemValue<F>[] : ItemValue<F>;

/** The type of one value of a flag. */
type ItemValue<F> = F extends { kind: "boolean" } ? boolean
  : F extends { kind: "number" | "integer" } ? number
  : F extends { kind: "choice"; choices: readonly (infer V)[] } ? V
  : F extends { valueOptional: true } ? string | true
  : string;

/** Whether a flag has a value even if it is not typed: a switch, or one with a constant default. */
type AlwaysGiven<F> = F extends { kind: "boolean" } | { default: unknown } ? true : false;

/** The values that the flags of table `T` give; distributes over a union of tables. */
export type FlagValues<T> = T extends T ?
    & { readonly [K in keyof T as AlwaysGiven<T[K]> extends true ? K : never]: FlagValue<T[K]> }
    & { readonly [K in keyof T as AlwaysGiven<T[K]> extends true ? never : K]?: FlagValue<T[K]> }
  : never;

/** A table whose flags each take a list of values. */
export type Listed<T> = { readonly [K in keyof T]: T[K] & { readonly listed: true } };

/** The flags of a table, each taking a list of values. */
export function listed<const T extends FlagTable>(table: T): Listed<T> {
  const flags = Object.entries(table).map(([key, flag]) => [key, { ...flag, listed: true }]);
  return Object.fromEntries(flags) as Listed<T>;
}

/** Groups whose flags each take a list of values. */
export function listedGroups<const G extends FlagGroups>(
  groups: G,
): { readonly [H in keyof G]: Listed<G[H]> } {
  const tables = Object.entries(groups).map(([heading, table]) => [heading, listed(table)]);
  return Object.fromEntries(tables);
}

/**
 * The name of a flag as it is typed.
 *
 * @param key Its name in camelCase, such as `weightDecay`.
 * @returns Its name in kebab-case, such as `weight-decay`.
 */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
}

/** A flag as it is typed, such as `--weight-decay`. */
export function flagName(key: string): string {
  return `--${kebabCase(key)}`;
}

/**
 * Says what a flag accepts, to close an error message.
 *
 * @returns Words such as `an integer of at least 1` or `1, 1.58 or 32`.
 */
export function acceptedValues(flag: Flag): string {
  switch (flag.kind) {
    case "boolean":
      return "true or false";
    case "number":
    case "integer":
      return `${flag.kind === "integer" ? "an integer" : "a number"}${bounds(flag)}`;
    case "choice":
      return alternatives(flag.choices.map(String));
    case "text":
      return flag.check && flag.placeholder ? alternatives(flag.placeholder.split("|")) : "text";
    case "path":
      return alternatives([...flag.names ?? [], "a path"]);
  }
}

/**
 * Joins words as alternatives.
 *
 * @returns `a, b or c`.
 */
export function alternatives(words: readonly string[], conjunction = "or"): string {
  if (words.length < 2) return words.join();
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`;
}

function bounds({ min, max, above, below }: NumberFlag): string {
  const low = min !== undefined ? `${min}` : above !== undefined ? `above ${above}` : undefined;
  const high = max !== undefined ? `${max}` : below !== undefined ? `below ${below}` : undefined;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (min !== undefined) return ` of at least ${low}`;
  if (max !== undefined) return ` of at most ${high}`;
  return low ?? high ? ` ${low ?? high}` : "";
}

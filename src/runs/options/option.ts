/**
 * What an option is. What the library accepts and its types, the flags of the command line, `--config`, the help
 * text, and what a resumed run or a sweep may be given, are all derived from tables of these.
 *
 * @module
 */

/** What every kind of option says of itself. */
export interface Described {
  /** One line for the help text, without a capital or a full stop. */
  readonly description: string;
  /** What stands for the value in the help text, such as `DIR`. */
  readonly placeholder?: string;
  /** What holds without it, where that is not a constant. */
  readonly otherwise?: string;
  /** Names it has in other programs; typing one of them gets a suggestion. */
  readonly alsoCalled?: readonly string[];
  /** Values of the public interface that this version does not have yet. */
  readonly later?: RegExp;
  /** Whether it takes several values, with commas between them; it then gives a list. */
  readonly listed?: boolean;
}

/** A switch. */
export interface BooleanOption extends Described {
  /** A switch. */
  readonly kind: "boolean";
  /** By default it is off. */
  readonly default?: true;
}

/** A number, with inclusive (`min`, `max`) and exclusive (`above`, `below`) bounds. */
export interface NumberOption extends Described {
  /** Whether it has to be an integer. */
  readonly kind: "number" | "integer";
  /** The smallest value. */
  readonly min?: number;
  /** The largest value. */
  readonly max?: number;
  /** What the value has to be above. */
  readonly above?: number;
  /** What the value has to be below. */
  readonly below?: number;
  /** Its value if it is not given. */
  readonly default?: number;
}

/** One of a few values. */
export interface ChoiceOption extends Described {
  /** One of a few values. */
  readonly kind: "choice";
  /** The values. */
  readonly choices: readonly (string | number)[];
  /** Its value if it is not given. */
  readonly default?: string | number;
}

/** Any text, the empty one too. */
export interface TextOption extends Described {
  /** Any text. */
  readonly kind: "text";
  /** Throws an InputError if it does not like the text. */
  readonly check?: (text: string) => unknown;
  /** Its value if it is not given. */
  readonly default?: string;
}

/** A file or folder, or one of the names that are accepted in its place. */
export interface PathOption extends Described {
  /** A path. */
  readonly kind: "path";
  /** Names that are accepted in its place. */
  readonly names?: readonly string[];
  /** Whether it may stand without a value, which is then `true`. */
  readonly valueOptional?: boolean;
  /** Its value if it is not given. */
  readonly default?: string;
}

/** One option. */
export type Option = BooleanOption | NumberOption | ChoiceOption | TextOption | PathOption;

/** Options by their name in camelCase. */
export type OptionTable = Readonly<Record<string, Option>>;

/** Tables of options by the heading they have in a help text. */
export type OptionGroups = Readonly<Record<string, OptionTable>>;

/** The type of the value that an option of type `F` gives. */
export type OptionValue<F> = F extends { listed: true } ? readonly ItemValue<F>[] : ItemValue<F>;

/** The type of one value of an option. */
export type ItemValue<F> = F extends { kind: "boolean" } ? boolean
  : F extends { kind: "number" | "integer" } ? number
  : F extends { kind: "choice"; choices: readonly (infer V)[] } ? V
  : F extends { valueOptional: true } ? string | true
  : string;

/** Whether an option has a value even if it is not given: a switch, or one with a constant default. */
export type AlwaysGiven<F> = F extends { kind: "boolean" } | { default: unknown } ? true : false;

/** The values that the options of table `T` give; distributes over a union of tables. */
export type OptionValues<T> = T extends T ?
    & { readonly [K in keyof T as AlwaysGiven<T[K]> extends true ? K : never]: OptionValue<T[K]> }
    & { readonly [K in keyof T as AlwaysGiven<T[K]> extends true ? never : K]?: OptionValue<T[K]> }
  : never;

/**
 * Says what an option accepts, to close an error message.
 *
 * @returns Words such as `an integer of at least 1` or `1, 1.58 or 32`.
 */
export function acceptedValues(option: Option): string {
  switch (option.kind) {
    case "boolean":
      return "true or false";
    case "number":
    case "integer":
      return `${option.kind === "integer" ? "an integer" : "a number"}${bounds(option)}`;
    case "choice":
      return alternatives(option.choices.map(String));
    case "text":
      return option.check && option.placeholder
        ? alternatives(option.placeholder.split("|"))
        : "text";
    case "path":
      return alternatives([...option.names ?? [], "a path"]);
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

function bounds({ min, max, above, below }: NumberOption): string {
  const low = min !== undefined ? `${min}` : above !== undefined ? `above ${above}` : undefined;
  const high = max !== undefined ? `${max}` : below !== undefined ? `below ${below}` : undefined;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (min !== undefined) return ` of at least ${low}`;
  if (max !== undefined) return ` of at most ${high}`;
  return low ?? high ? ` ${low ?? high}` : "";
}

/**
 * From what was typed, stands in a JSON file or was given by a program, to the value of an option.
 *
 * @module
 */

import { OptionError } from "../../errors.ts";
import {
  acceptedValues,
  alternatives,
  type ChoiceOption,
  type NumberOption,
  type Option,
} from "./option.ts";
import { nearestName } from "../../nearest_name.ts";

/** What an option was given: text from the command line, anything from a JSON file. */
export interface RawValue {
  /** The value; `undefined` if it stood alone. */
  readonly value: unknown;
  /** How messages name the option and its value, such as `--steps 1.5`. */
  readonly label: string;
}

/** The value of an option after parsing. */
export type ConvertedValue = string | number | boolean;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Converts what an option was given to its value.
 *
 * @param option The option.
 * @param raw What it was given.
 * @returns The value, of the type `OptionValue` of the option.
 * @throws {OptionError} If it does not accept it.
 */
export function convertValue(option: Option, raw: RawValue): ConvertedValue {
  if (option.kind === "boolean") return convertBoolean(raw);
  if (raw.value === undefined || raw.value === true) {
    if (option.kind === "path" && option.valueOptional) return true;
    throw new OptionError(`Cannot read ${raw.label}: it needs a value, ${expected(option)}`);
  }
  if (typeof raw.value !== "string" && typeof raw.value !== "number") {
    throw new OptionError(`Cannot use ${raw.label}: wrong type of value, ${expected(option)}`);
  }
  const text = String(raw.value);
  if (option.later?.test(text)) {
    throw new OptionError(
      `Cannot use ${raw.label}: this version does not have it yet, it has ${
        acceptedValues(option).replace(" or ", " and ")
      }`,
    );
  }
  switch (option.kind) {
    case "number":
    case "integer":
      return convertNumber(option, text, raw.label);
    case "choice":
      return convertChoice(option, text, raw.label);
    case "text":
      option.check?.(text);
      return text;
    case "path":
      if (text.trim() === "") {
        throw new OptionError(`Cannot use ${raw.label}: it is empty, ${expected(option)}`);
      }
      return text;
  }
}

/**
 * Writes a value so that it stays on the one line of an error message.
 *
 * @returns The value as it was typed, in quotes if it is empty or has spaces or control characters.
 */
export function quoted(value: unknown): string {
  const text = typeof value === "string" && /^[^\s\p{C}"]+$/u.test(value)
    ? value
    : JSON.stringify(value);
  return text.length > 80 ? text.slice(0, 79) + "…" : text;
}

function expected(option: Option): string {
  return `expected ${acceptedValues(option)}`;
}

function convertBoolean({ value, label }: RawValue): boolean {
  if (value === undefined || value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new OptionError(`Cannot use ${label}: it is a switch, expected true, false or no value`);
}

function convertNumber(option: NumberOption, text: string, label: string): number {
  const value = Number(text);
  if (!NUMBER.test(text) || !Number.isFinite(value)) {
    throw new OptionError(`Cannot use ${label}: not a number, ${expected(option)}`);
  }
  if (option.kind === "integer" && !Number.isInteger(value)) {
    throw new OptionError(`Cannot use ${label}: not an integer, ${expected(option)}`);
  }
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = option;
  const tooCoarse = option.kind === "integer" && !Number.isSafeInteger(value);
  if (value < min || value > max || value <= above || value >= below || tooCoarse) {
    throw new OptionError(`Cannot use ${label}: out of range, ${expected(option)}`);
  }
  return value;
}

function convertChoice(option: ChoiceOption, text: string, label: string): string | number {
  const choice = option.choices.find((choice) =>
    typeof choice === "number" ? NUMBER.test(text) && Number(text) === choice : text === choice
  );
  if (choice !== undefined) return choice;
  const names = option.choices.filter((choice) => typeof choice === "string");
  const meant = nearestName(text, names);
  throw new OptionError(
    `Cannot use ${label}: unknown value, ` +
      (meant ? `did you mean ${meant}? (${alternatives(names)})` : expected(option)),
  );
}

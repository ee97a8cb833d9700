/**
 * From what was typed, or stands in a JSON file, to the value of a flag.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import {
  acceptedValues,
  alternatives,
  type ChoiceFlag,
  type Flag,
  type NumberFlag,
} from "./flag.ts";
import { nearestName } from "../../nearest_name.ts";

/** What a flag was given: text from the command line, anything from a JSON file. */
export interface RawValue {
  /** The value; `undefined` if the flag stood alone. */
  readonly value: unknown;
  /** How messages name the flag and its value, such as `--steps 1.5`. */
  readonly label: string;
}

/** The value of a flag after parsing. */
export type ConvertedValue = string | number | boolean;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Converts what a flag was given to its value.
 *
 * @param flag The flag.
 * @param raw What it was given.
 * @returns The value, of the type `FlagValue` of the flag.
 * @throws {InputError} If the flag does not accept it.
 */
export function convertValue(flag: Flag, raw: RawValue): ConvertedValue {
  if (flag.kind === "boolean") return convertBoolean(raw);
  if (raw.value === undefined || raw.value === true) {
    if (flag.kind === "path" && flag.valueOptional) return true;
    throw new InputError(`Cannot read ${raw.label}: it needs a value, ${expected(flag)}`);
  }
  if (typeof raw.value !== "string" && typeof raw.value !== "number") {
    throw new InputError(`Cannot use ${raw.label}: wrong type of value, ${expected(flag)}`);
  }
  const text = String(raw.value);
  if (flag.later?.test(text)) {
    throw new InputError(
      `Cannot use ${raw.label}: this version does not have it yet, it has ${
        acceptedValues(flag).replace(" or ", " and ")
      }`,
    );
  }
  switch (flag.kind) {
    case "number":
    case "integer":
      return convertNumber(flag, text, raw.label);
    case "choice":
      return convertChoice(flag, text, raw.label);
    case "text":
      flag.check?.(text);
      return text;
    case "path":
      if (text.trim() === "") {
        throw new InputError(`Cannot use ${raw.label}: it is empty, ${expected(flag)}`);
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

function expected(flag: Flag): string {
  return `expected ${acceptedValues(flag)}`;
}

function convertBoolean({ value, label }: RawValue): boolean {
  if (value === undefined || value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new InputError(`Cannot use ${label}: it is a switch, expected true, false or no value`);
}

function convertNumber(flag: NumberFlag, text: string, label: string): number {
  const value = Number(text);
  if (!NUMBER.test(text) || !Number.isFinite(value)) {
    throw new InputError(`Cannot use ${label}: not a number, ${expected(flag)}`);
  }
  if (flag.kind === "integer" && !Number.isInteger(value)) {
    throw new InputError(`Cannot use ${label}: not an integer, ${expected(flag)}`);
  }
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = flag;
  const tooCoarse = flag.kind === "integer" && !Number.isSafeInteger(value);
  if (value < min || value > max || value <= above || value >= below || tooCoarse) {
    throw new InputError(`Cannot use ${label}: out of range, ${expected(flag)}`);
  }
  return value;
}

function convertChoice(flag: ChoiceFlag, text: string, label: string): string | number {
  const choice = flag.choices.find((choice) =>
    typeof choice === "number" ? NUMBER.test(text) && Number(text) === choice : text === choice
  );
  if (choice !== undefined) return choice;
  const names = flag.choices.filter((choice) => typeof choice === "string");
  const meant = nearestName(text, names);
  throw new InputError(
    `Cannot use ${label}: unknown value, ` +
      (meant ? `did you mean ${meant}? (${alternatives(names)})` : expected(flag)),
  );
}

/**
 * What is said of arguments that cannot be read, and what was probably meant.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import {
  type CommandDescription,
  type CommandName,
  COMMANDS,
  flagsOf,
  isCommandName,
} from "./commands.ts";
import { acceptedValues, alternatives } from "../../runs/options/option.ts";
import type { Flag } from "./flag.ts";
import { kebabCase } from "./flag_name.ts";
import { quoted } from "../../runs/options/option_value.ts";
import { nearestName } from "../../nearest_name.ts";

/** A plain argument, such as a file name without the flag it is for. */
export function unexpectedArgument(command: CommandName, value: string): InputError {
  const { plainArgument }: CommandDescription = COMMANDS[command];
  const hint = isCommandName(value)
    ? `expected one command, ${command} or ${value}`
    : Object.keys(flagsOf(command)).map(kebabCase).includes(value)
    ? `did you mean --${value}?`
    : plainArgument
    ? `did you mean --${plainArgument} ${quoted(value)}?`
    : `bittext ${command} --help lists them`;
  return new InputError(`Cannot read ${quoted(value)}: ${command} takes flags only, ${hint}`);
}

/** A flag whose value is missing, so that the next flag stands in its place. */
export function swallowedFlag(flag: Flag, name: string, value: string): InputError {
  const meant = flag.kind === "text" || flag.kind === "path"
    ? `; if that is the value, write ${name}=${quoted(value)}`
    : "";
  return new InputError(
    `Cannot read ${name}: ${quoted(value)} follows in place of its value, ` +
      `expected ${acceptedValues(flag)}${meant}`,
  );
}

/** A flag with one dash. */
export function unknownShortFlag(command: CommandName, arg: string): InputError {
  const name = suggestedFlag(command, arg.replace(/^-/, "").replace(/=.*$/s, ""));
  return new InputError(
    `Cannot read ${quoted(arg)}: flags begin with two dashes, ` +
      (name ? `did you mean --${name}?` : `bittext ${command} --help lists them`),
  );
}

/**
 * A flag that the command does not have.
 *
 * @param name The flag in kebab-case.
 * @param label How the message names it.
 * @param dashes What stands before the name where it was found.
 */
export function unknownFlag(
  command: CommandName,
  name: string,
  label: string,
  dashes = "--",
): InputError {
  const owners = (Object.keys(COMMANDS) as CommandName[])
    .filter((other) => Object.keys(flagsOf(other)).some((key) => kebabCase(key) === name));
  const what = owners.length === 0
    ? `unknown flag of ${command}`
    : `it is a flag of ${alternatives(owners, "and")}, not of ${command}`;
  const meant = suggestedFlag(command, name);
  const hint = meant === undefined
    ? `bittext ${command} --help lists its flags`
    : `did you mean ${dashes}${meant}?`;
  return new InputError(`Cannot read ${label}: ${what}, ${hint}`);
}

/** The flag, in kebab-case, that an unknown name was probably meant to be. */
function suggestedFlag(command: CommandName, name: string): string | undefined {
  const meanings = new Map([["help", "help"]]);
  for (const [key, flag] of Object.entries(flagsOf(command))) {
    // An own name counts more than another flag's nickname.
    for (const nickname of flag.alsoCalled ?? []) {
      if (!meanings.has(nickname)) meanings.set(nickname, kebabCase(key));
    }
    meanings.set(kebabCase(key), kebabCase(key));
  }
  const meant = nearestName(name, meanings.keys());
  return meant === undefined ? undefined : meanings.get(meant);
}

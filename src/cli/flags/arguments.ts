/**
 * Reads the arguments of a command: flags from the command line and from `--config`, checked
 * against the command's table.
 *
 * @module
 */

import { parseArgs } from "../../host/arguments.ts";
import { InputError } from "../../errors.ts";
import {
  swallowedFlag,
  unexpectedArgument,
  unknownFlag,
  unknownShortFlag,
} from "./argument_errors.ts";
import { type CommandName, flagsOf, type ParsedFlags } from "./commands.ts";
import { readConfigFile } from "./config_file.ts";
import type { Flag, FlagTable } from "./flag.ts";
import { kebabCase } from "./flag_name.ts";
import { convertList } from "./flag_list.ts";
import {
  type ConvertedValue,
  convertValue,
  quoted,
  type RawValue,
} from "../../runs/options/option_value.ts";

/** What a flag gives: a value, or a list of them. */
type Value = ConvertedValue | readonly ConvertedValue[];

/**
 * Parses the arguments that follow the name of a command.
 *
 * @param command The command.
 * @param args Its arguments.
 * @returns The value of every flag that was given or has a default. Of flags given twice the last
 *   counts, and the command line counts more than the `--config` file.
 * @throws {InputError} If the arguments or the `--config` file are wrong, naming what was meant.
 */
export async function parseFlags<C extends CommandName>(
  command: C,
  args: readonly string[],
): Promise<ParsedFlags<C>> {
  const flags = flagsOf(command);
  const convert = ([key, raw]: [string, RawValue]): [string, Value] => [
    key,
    flags[key].listed ? convertList(flags[key], raw) : convertValue(flags[key], raw),
  ];
  const typed = new Map([...readCommandLine(command, flags, args)].map(convert));
  const config = typed.get("config");
  const configured = config === undefined
    ? new Map<string, Value>()
    : new Map([...await readConfig(command, flags, String(config))].map(convert));

  const given = new Map([...configured, ...typed]);
  const values: Record<string, unknown> = { given: new Set(given.keys()) };
  for (const [key, flag] of Object.entries(flags)) {
    const fallback = flag.default ?? (flag.kind === "boolean" ? false : undefined);
    const value = given.get(key) ?? (flag.listed && fallback !== undefined ? [fallback] : fallback);
    if (value !== undefined) values[key] = value;
  }
  return values as unknown as ParsedFlags<C>;
}

/**
 * Whether the arguments ask for help, which is given whatever else they say.
 *
 * @param args All arguments, or those of a command.
 */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === "--help" || arg === "-h");
}

function readCommandLine(
  command: CommandName,
  flags: FlagTable,
  args: readonly string[],
): Map<string, RawValue> {
  const keys = new Map(Object.keys(flags).map((key) => [kebabCase(key), key]));
  // Flags that may stand alone are declared as switches: a value then arrives as a plain argument
  // right behind them.
  const options = Object.fromEntries(
    [...keys].map(([name, key]) => [name, { type: takesValue(flags[key]) ? "string" : "boolean" }]),
  ) as Record<string, { type: "string" | "boolean" }>;
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });

  const given = new Map<string, RawValue>();
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") throw unexpectedArgument(command, token.value);
    if (!token.rawName.startsWith("--")) throw unknownShortFlag(command, args[token.index]);

    const negated = token.name.startsWith("no-") ? keys.get(token.name.slice(3)) : undefined;
    if (negated !== undefined) {
      if (flags[negated].kind !== "boolean" || token.value !== undefined) {
        throw new InputError(
          `Cannot read ${quoted(args[token.index])}: only a switch can be turned off with ` +
            "--no-, and it takes no value",
        );
      }
      given.set(negated, { value: false, label: token.rawName });
      continue;
    }

    const key = keys.get(token.name);
    if (key === undefined) throw unknownFlag(command, token.name, token.rawName);
    const flag = flags[key];
    let value: string | undefined = token.value;
    const next = tokens[i + 1];
    if (
      flag.kind === "path" && flag.valueOptional && value === undefined &&
      next?.kind === "positional" && next.index === token.index + 1
    ) {
      value = next.value;
      i++;
    }
    if (value !== undefined && !token.inlineValue && looksLikeFlag(value)) {
      throw swallowedFlag(flag, token.rawName, value);
    }
    const label = value === undefined ? token.rawName : `${token.rawName} ${quoted(value)}`;
    given.set(key, { value, label });
  }
  return given;
}

async function readConfig(
  command: CommandName,
  flags: FlagTable,
  path: string,
): Promise<Map<string, RawValue>> {
  const given = new Map<string, RawValue>();
  for (const [name, raw] of await readConfigFile(path)) {
    const key = name.replace(/[-_]([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
    if (key === "config") {
      throw new InputError(`Cannot read ${raw.label}: a --config file cannot name another one`);
    }
    if (!Object.hasOwn(flags, key)) {
      throw unknownFlag(command, kebabCase(key), `${quoted(name)} of ${quoted(path)}`, "");
    }
    if (given.has(key)) {
      throw new InputError(
        `Cannot read ${raw.label}: ${kebabCase(key)} is there in two spellings, expected one`,
      );
    }
    // JSON's null means the same as leaving the name out.
    if (raw.value !== null) given.set(key, raw);
  }
  return given;
}

function takesValue(flag: Flag): boolean {
  return flag.kind !== "boolean" && !(flag.kind === "path" && flag.valueOptional);
}

/** `-1` is a value, `--steps` and `-h` are not. */
function looksLikeFlag(value: string): boolean {
  return /^(--|-[a-z])/i.test(value);
}

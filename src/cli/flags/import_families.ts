/**
 * Loads the modules that `--import` names, which register families of models: what flags there are, and what a
 * `config.json` may say, depends on it.
 *
 * @module
 */
import { fileUrl } from "../../host/paths.ts";
import { InputError } from "../../errors.ts";
import { quoted } from "../../runs/options/option_value.ts";
import { type CommandName, flagsOf } from "./commands.ts";
import { readConfigFile } from "./config_file.ts";
import { convertList } from "./flag_list.ts";

/**
 * Imports the modules that the arguments of a command name, or its `--config` file.
 *
 * @param args Its arguments; whatever else is wrong with them is found later.
 * @throws {InputError} If one cannot be imported.
 */
export async function importFamilies(command: CommandName, args: readonly string[]): Promise<void> {
  if (!Object.hasOwn(flagsOf(command), "import")) return;
  const typed = lastOf(args, "--import");
  const config = lastOf(args, "--config");
  const value = typed ??
    (config === undefined ? undefined : (await readConfigFile(config)).get("import")?.value);
  if (value === undefined) return;
  const modules = convertList(flagsOf(command).import, {
    value,
    label: `--import ${quoted(value)}`,
  });
  for (const module of modules) await importModule(String(module));
}

/** A module as an address that means the same from every folder. */
export function moduleAddress(module: string): string {
  return /^[a-z]{2,}:/i.test(module) ? module : fileUrl(module);
}

async function importModule(module: string): Promise<void> {
  try {
    await import(moduleAddress(module));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `Cannot import ${quoted(module)}: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}

/** The last value of a flag, as it was typed. */
function lastOf(args: readonly string[], flag: string): string | undefined {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const at = own.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  return own[at] === flag ? own[at + 1] : own[at].slice(flag.length + 1);
}

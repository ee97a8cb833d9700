/**
 * The command line that does again what was done.
 *
 * @module
 */
import { type CommandName, flagsOf } from "./commands.ts";
import { kebabCase } from "./flag_name.ts";

/**
 * A command line for a shell, in a checkout or with the URL the program came from.
 *
 * @param values What each flag was given, by its name in camelCase; others are not mentioned.
 */
export function commandLine(
  command: CommandName,
  values: Readonly<Record<string, unknown>>,
): string {
  const flags = flagsOf(command);
  const words = Object.keys(flags).filter((key) => values[key] !== undefined).map((key) => {
    const items: unknown[] = [values[key]].flat();
    const name = kebabCase(key);
    if (flags[key].kind === "boolean" && items.length === 1) {
      return items[0] ? `--${name}` : `--no-${name}`;
    }
    const text = flags[key].listed
      ? items.map((item) => String(item).replaceAll(",", "\\,")).join(",")
      : String(items[0]);
    return `--${name}=${shellWord(text)}`;
  });
  return [program(), command, ...words].join(" ");
}

function program(): string {
  const module = new URL("../../../mod.ts", import.meta.url);
  return module.protocol === "file:" ? "deno task" : `deno run -A ${module.href}`;
}

function shellWord(word: string): string {
  return /^[\w.,:/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The help texts, made from the tables of commands and flags.
 *
 * @module
 */

import { styleText } from "../../host/text_style.ts";
import { type CommandDescription, type CommandName, COMMANDS } from "./commands.ts";
import { renameOptions } from "../../errors.ts";
import type { Flag } from "./flag.ts";
import { flagOfOption, kebabCase } from "./flag_name.ts";

/** How a help text is laid out. */
export interface HelpLayout {
  /** Characters that fit on a line; never more than 100 are used. */
  readonly columns: number;
  /** Whether headings and names are colored. */
  readonly color: boolean;
}

const INDENT = "  ";

/** The text of `bittext --help`. */
export function programHelp(layout: HelpLayout): string {
  const { heading, name } = styles(layout);
  const commands = Object.entries<CommandDescription>(COMMANDS);
  return [
    ...wrap(
      "bittext trains, evaluates and samples language models with weights of one bit, of " +
        "three values, or of floats, on WebGPU.",
      width(layout),
    ),
    "",
    `${heading("Usage")}  bittext COMMAND [flags]`,
    "",
    heading("Commands"),
    ...rows(commands.map(([command, { summary }]) => [command, summary]), 9, layout),
    "",
    heading("Flags"),
    ...rows(
      [
        ["--help", "show this, or after a command its flags"],
        ["--version", "show the version"],
      ],
      9,
      layout,
    ),
    "",
    heading("Examples"),
    ...commands.map(([_, { examples }]) => INDENT + name(`bittext ${examples[0]}`)),
    "",
    ...wrap(
      "In a checkout, deno task train stands for bittext train, and so on; elsewhere it is " +
        "deno run -A with the URL of mod.ts.",
      width(layout),
    ),
    "",
  ].join("\n");
}

/** The text of `bittext COMMAND --help`. */
export function commandHelp(command: CommandName, layout: HelpLayout): string {
  const { heading, name } = styles(layout);
  const { summary, flags, examples }: CommandDescription = COMMANDS[command];
  const groups = Object.entries(flags())
    .map(([title, table]) => ({ title, entries: Object.entries(table).map(flagRow) }));
  groups.at(-1)?.entries.push(["--help", "show this"]);
  // One column for all groups, as wide as the longest name that leaves room for the meaning.
  const narrow = groups.flatMap(({ entries }) => entries)
    .map(([term]) => term.length).filter((length) => length <= width(layout) / 3);
  return [
    ...wrap(`bittext ${command}: ${summary}`, width(layout)),
    "",
    `${heading("Usage")}  bittext ${command} [flags]`,
    ...groups.flatMap(({ title, entries }) => [
      "",
      heading(title),
      ...rows(entries, Math.max(...narrow), layout),
    ]),
    "",
    heading("Examples"),
    ...examples.map((example) => INDENT + name(`bittext ${example}`)),
    "",
  ].join("\n");
}

function flagRow([key, flag]: [string, Flag]): [string, string] {
  const value = flag.kind === "boolean" ? "" : ` ${placeholder(flag)}`;
  const fallback = "default" in flag ? flag.default : flag.otherwise;
  const others = Object.entries({ ...flag.defaultFor, ...flag.otherwiseFor })
    .map(([model, other]) => `; ${other} with --model ${model}`);
  const off = flag.kind === "boolean" && flag.default
    ? `; --no-${kebabCase(key)} turns it off`
    : "";
  const text = flag.description + off +
    (fallback === undefined ? "" : ` (default: ${fallback}${others.join("")})`);
  return [`--${kebabCase(key)}${value}`, renameOptions(text, flagOfOption)];
}

function placeholder(flag: Flag): string {
  if (flag.placeholder !== undefined) return flag.placeholder;
  switch (flag.kind) {
    case "choice":
      return flag.choices.join("|");
    case "integer":
      return "N";
    case "number":
      return "X";
    case "path":
      return "PATH";
    default:
      return "TEXT";
  }
}

/** Two columns: names, `left` characters wide, and what they mean, wrapped. */
function rows(
  entries: readonly (readonly [string, string])[],
  left: number,
  layout: HelpLayout,
): string[] {
  const { name } = styles(layout);
  const margin = " ".repeat(INDENT.length + left + 2);
  return entries.flatMap(([term, text]) => {
    const [first, ...others] = wrap(text, width(layout) - margin.length);
    const lines = others.map((line) => margin + line);
    return term.length <= left
      ? [`${INDENT}${name(term)}${" ".repeat(left - term.length + 2)}${first}`, ...lines]
      : [INDENT + name(term), margin + first, ...lines];
  });
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function width({ columns }: HelpLayout): number {
  return Math.min(100, Math.max(40, columns));
}

function styles({ color }: HelpLayout): Record<"heading" | "name", (text: string) => string> {
  const style = (format: "bold" | "cyan") => (text: string) =>
    // Whether to color is decided by the caller, who knows where the text goes.
    color ? styleText(format, text, { validateStream: false }) : text;
  return { heading: style("bold"), name: style("cyan") };
}

/**
 * The program: finds the command, reads its flags, runs it, and says how it ended.
 *
 * @module
 */

import { environmentVariable } from "../host/environment.ts";
import { inspect } from "../host/terminal.ts";
import config from "../../deno.json" with { type: "json" };
import { InputError } from "../errors.ts";
import { asksForHelp, parseFlags } from "./flags/arguments.ts";
import { type CommandName, COMMANDS, isCommandName } from "./flags/commands.ts";
import { importFamilies } from "./flags/import_families.ts";
import type { CommandTable } from "./terminal/context.ts";
import { describeFailure, DONE } from "./terminal/exit_codes.ts";
import { alternatives } from "../runs/options/option.ts";
import { quoted } from "../runs/options/option_value.ts";
import { commandHelp, type HelpLayout, programHelp } from "./flags/help.ts";
import { Interruption } from "./terminal/interrupt.ts";
import { type Output, standardError, standardOutput } from "./terminal/output.ts";
import { nearestName } from "../nearest_name.ts";
import { Terminal } from "./terminal/terminal.ts";
import { visible } from "../visible_text.ts";

/** Only the command that runs is loaded, so that `--help` is quick. */
const COMMAND_MODULES: CommandTable = {
  prep: () => import("./commands/prep.ts"),
  train: () => import("./commands/train.ts"),
  eval: () => import("./commands/eval.ts"),
  generate: () => import("./commands/generate.ts"),
  chat: () => import("./commands/chat.ts"),
  quantize: () => import("./commands/quantize.ts"),
  sweep: () => import("./commands/sweep.ts"),
  figures: () => import("./commands/figures.ts"),
  info: () => import("./commands/info.ts"),
  bench: () => import("./commands/bench.ts"),
};

/** What surrounds the program; the defaults are the process it runs in. */
export interface MainOptions {
  /** The commands themselves. */
  readonly commands?: CommandTable;
  readonly stdout?: Output;
  readonly stderr?: Output;
  /** Aborted: as if Ctrl-C had been pressed. */
  readonly stop?: AbortSignal;
}

/**
 * Runs the program.
 *
 * @param args The command and its flags, as the program was started with.
 * @param options What surrounds it.
 * @returns The exit code: 0 done, 1 the work failed, 2 the command line or a file is wrong,
 *   130 interrupted. Whatever went wrong has been printed on stderr; nothing is thrown.
 */
export async function main(args: readonly string[], options: MainOptions = {}): Promise<number> {
  const stdout = options.stdout ?? standardOutput();
  const stderr = options.stderr ?? standardError();
  let activity = "start";
  try {
    const [command, ...rest] = args[0] === "help" ? [...args.slice(1), "--help"] : args;
    const layout: HelpLayout = { columns: stdout.columns(), color: stdout.hasColor };
    if (command === "--help" || command === "-h") {
      stdout.write(programHelp(layout));
      return DONE;
    }
    if (command === "--version") {
      stdout.write(`bittext ${config.version}\n`);
      return DONE;
    }
    assertCommandName(command);
    await importFamilies(command, rest);
    if (asksForHelp(rest)) {
      stdout.write(commandHelp(command, layout));
      return DONE;
    }
    activity = command;
    await runCommand(command, rest, options, stdout, stderr);
    return DONE;
  } catch (error) {
    const { message, exitCode } = describeFailure(error, activity);
    stderr.write(`bittext: ${visible(message)}\n`);
    if (environmentVariable("BITTEXT_DEBUG") === "1") stderr.write(`${inspect(error)}\n`);
    return exitCode;
  }
}

async function runCommand<C extends CommandName>(
  command: C,
  args: readonly string[],
  { commands = COMMAND_MODULES, stop }: MainOptions,
  stdout: Output,
  stderr: Output,
): Promise<void> {
  const flags = await parseFlags(command, args);
  const { json, quiet } = flags;
  const terminal = new Terminal(stdout, stderr, { json, quiet });
  using interruption = new Interruption(() =>
    terminal.warn("Interrupted: saving first; press Ctrl-C again to leave at once")
  );
  stop?.addEventListener("abort", () => interruption.handleSignal());
  try {
    const { run } = await commands[command]();
    const result = await run(flags, {
      json,
      quiet,
      isTerminal: terminal.isTerminal,
      print: (line) => terminal.print(line),
      write: (text) => terminal.write(text),
      log: (line) => terminal.log(line),
      note: (line) => terminal.note(line),
      progress: (total, label, unit) => terminal.progress(total, label, unit),
      get interrupted() {
        return interruption.signal;
      },
    });
    terminal.printResult(result);
  } finally {
    terminal.close();
  }
}

function assertCommandName(word: string | undefined): asserts word is CommandName {
  if (word !== undefined && isCommandName(word)) return;
  const names = Object.keys(COMMANDS);
  if (word === undefined) {
    throw new InputError(
      `Cannot start: no command given, expected ${alternatives(names)} ` +
        "(bittext --help explains them)",
    );
  }
  if (word.startsWith("-")) {
    throw new InputError(
      `Cannot read ${quoted(word)}: the command comes first, expected ${alternatives(names)}`,
    );
  }
  const meant = nearestName(word, names);
  throw new InputError(
    `Cannot run ${quoted(word)}: unknown command, ` +
      (meant ? `did you mean ${meant}?` : `expected ${alternatives(names)}`),
  );
}

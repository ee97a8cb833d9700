/**
 * What a command gets besides its flags, and what commands look like.
 *
 * @module
 */

import type { CommandName, ParsedFlags } from "../flags/commands.ts";
import type { Progress } from "./progress.ts";

/** How a command talks with the person who started it. */
export interface CommandContext {
  /** Whether the result is printed as JSON. Human text then goes to stderr. */
  readonly json: boolean;
  /** Whether progress, log lines and notes are left out. */
  readonly quiet: boolean;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Prints a line of the result on stdout. */
  print(line?: string): void;
  /** Prints part of the result on stdout as it comes, with no end of line added. */
  write(text: string): void;
  /** Prints a line about work in progress, such as the loss of a step, on stdout. */
  log(line: string): void;
  /** Prints a remark that is no part of the result, such as which device computes, on stderr. */
  note(line: string): void;
  /**
   * Shows a progress bar on a terminal, and nothing elsewhere.
   *
   * @param total How much there is to do.
   * @param label What is being done, such as `train`.
   * @param unit What is counted; by default `steps`.
   */
  progress(total: number, label: string, unit?: string): Progress;
  /**
   * Aborted by the first Ctrl-C or SIGTERM. Reading it is a promise to stop soon, save what there
   * is and throw an `InterruptedError`; a command that never reads it is ended by the signal.
   */
  readonly interrupted: AbortSignal;
}

/** The module of a command. */
export interface CommandModule<C extends CommandName> {
  /**
   * Does the work of the command.
   *
   * @returns The result that `--json` prints.
   */
  run(flags: ParsedFlags<C>, context: CommandContext): Promise<unknown>;
}

/** How to load each command: only the one that runs is. */
export type CommandTable = {
  readonly [C in CommandName]: () => Promise<CommandModule<C>>;
};

/**
 * The two kinds of failure a user can meet, distinguished by the exit code they lead to.
 *
 * Misuse of the library by a program (a wrong shape, a value out of range) is a `TypeError` or
 * `RangeError` instead.
 *
 * @module
 */

/**
 * The command line, or a file that was given, is wrong; found before work starts wherever it can be.
 * Exit code 2.
 */
export class InputError extends Error {
  /** Its name. */
  override readonly name: string = "InputError";
}

/**
 * How the message of an error names an option of the library: in backquotes.
 *
 * @param option Its name in camelCase, such as `weightDecay`.
 */
export function optionName(option: string): string {
  return `\`${option}\``;
}

const OPTION_NAME = /`([a-z][a-zA-Z0-9]*)`/g;

/**
 * The message of an error with every option in it named in another way: whoever was given the options in another form,
 * as the command line was, says it in those words.
 *
 * @param message What names options as {@link optionName} does.
 * @param nameOf How an option is to be named, given its name in camelCase.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { optionName, renameOptions } from "./errors.ts";
 *
 * const message = `a run goes on with ${optionName("resume")}`;
 * assert.equal(renameOptions(message, (name) => `--${name}`), "a run goes on with --resume");
 * ```
 */
export function renameOptions(message: string, nameOf: (option: string) => string): string {
  return message.replaceAll(OPTION_NAME, (_, option: string) => nameOf(option));
}

/**
 * An option cannot be what it is, or several do not go together. The message names each as {@link optionName} does.
 * Exit code 2.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { OptionError, optionName } from "./errors.ts";
 *
 * const error = new OptionError(`Cannot split 64 over 3 heads (${optionName("heads")})`);
 * assert.equal(error.message, "Cannot split 64 over 3 heads (`heads`)");
 * assert.equal(error.messageWith((name) => `--${name}`), "Cannot split 64 over 3 heads (--heads)");
 * ```
 */
export class OptionError extends InputError {
  /** Its name. */
  override readonly name = "OptionError";

  /** The options that the message names. */
  get options(): readonly string[] {
    return [...new Set(Array.from(this.message.matchAll(OPTION_NAME), ([, option]) => option))];
  }

  /**
   * The message with every option named in another way.
   *
   * @param nameOf How an option is to be named, given its name in camelCase.
   */
  messageWith(nameOf: (option: string) => string): string {
    return renameOptions(this.message, nameOf);
  }
}

/** The work itself failed: a full disk, a lost device, a loss that is not a number. Exit code 1. */
export class WorkError extends Error {
  /** Its name. */
  override readonly name = "WorkError";
}

/** The user interrupted the work, which saved what it had first. Exit code 130. */
export class InterruptedError extends Error {
  /** Its name. */
  override readonly name = "InterruptedError";
}

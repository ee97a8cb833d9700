/**
 * The two kinds of failure a user can meet, told apart by the exit code they lead to.
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
  override readonly name = "InputError";
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

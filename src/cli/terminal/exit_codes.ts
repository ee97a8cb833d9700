/**
 * From an error to the exit code and the one line that tells of it.
 *
 * @module
 */

import { InputError, InterruptedError, renameOptions, WorkError } from "../../errors.ts";
import { flagOfOption } from "../flags/flag_name.ts";

/** Done. */
export const DONE = 0;
/** The work failed. */
const WORK_FAILED = 1;
/** The command line or a file that was given is wrong. */
const INPUT_WRONG = 2;
/** Interrupted, after saving what there was. */
export const INTERRUPTED = 130;

/** What the program says and how it ends. */
export interface Failure {
  /** One line, without the name of the program. */
  readonly message: string;
  readonly exitCode: number;
}

/** What an error of the library says, with its options as they are typed. */
export function messageOf(error: Error): string {
  return renameOptions(error.message, flagOfOption);
}

/**
 * Says what an error means to the person at the command line.
 *
 * @param error Anything that was thrown.
 * @param activity What was being done, such as `train`.
 */
export function describeFailure(error: unknown, activity: string): Failure {
  if (error instanceof InterruptedError) return failure(messageOf(error), INTERRUPTED);
  if (error instanceof InputError) return failure(messageOf(error), INPUT_WRONG);
  if (error instanceof WorkError) return failure(messageOf(error), WORK_FAILED);

  const text = error instanceof Error ? error.message : String(error);
  const permission = /Requires (\w+) access(?: to (.+?))?, run again with the (--allow-[\w-]+)/
    .exec(text);
  if (permission) {
    const [, access, subject, flag] = permission;
    const what = [PERMISSION_VERBS[access] ?? `use ${access}`, subject].filter(Boolean).join(" ");
    return failure(`Cannot ${activity}: it may not ${what}, add ${flag} to deno run`, INPUT_WRONG);
  }
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) {
    return failure(`Cannot ${activity}: ${text}`, WORK_FAILED);
  }
  if (/array buffer allocation failed|invalid array length|out of memory/i.test(text)) {
    return failure(
      `Cannot ${activity}: not enough memory (${text}), try a smaller model, batch or context`,
      WORK_FAILED,
    );
  }
  const name = error instanceof Error ? `${error.name}: ` : "";
  return failure(
    `Cannot ${activity}: ${name}${text} (a bug in bittext; BITTEXT_DEBUG=1 shows where)`,
    WORK_FAILED,
  );
}

/** What Deno calls access, in words that take the thing as their object. */
const PERMISSION_VERBS: Readonly<Record<string, string>> = {
  env: "read the environment variable",
  import: "import from",
  net: "connect to",
  read: "read",
  run: "start",
  write: "write",
};

function failure(message: string, exitCode: number): Failure {
  return { message: message.trim().replace(/\s*[\r\n]+\s*/g, " "), exitCode };
}

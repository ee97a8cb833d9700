/**
 * Other programs that this one runs.
 *
 * @module
 */
import { grantedFlags } from "./permissions.ts";

/** What a program is given, and what becomes of what it prints. */
export interface ChildProcessOptions {
  readonly args: readonly string[];
  /** Whether what it prints on standard output can be read, or is thrown away. */
  readonly stdout: "piped" | "null";
}

/** How a program ended. */
export interface ExitStatus {
  readonly success: boolean;
  readonly code: number;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
}

/** A program that runs; its standard input is written to, and its standard error is read. */
export interface ChildProcess {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly status: Promise<ExitStatus>;
  /** All it prints, once it has ended; not together with {@link stderr}. */
  output(): Promise<ExitStatus & { readonly stdout: Uint8Array; readonly stderr: Uint8Array }>;
}

/**
 * Starts a program.
 *
 * @param program Its name or path.
 * @throws {Error} If there is none, see `isMissing`.
 */
export function startProcess(
  program: string,
  { args, stdout }: ChildProcessOptions,
): ChildProcess {
  return new Deno.Command(program, { args: [...args], stdin: "piped", stdout, stderr: "piped" })
    .spawn();
}

/**
 * Starts a module as a program of its own, with what this program may do and no more.
 *
 * @param module Its address.
 * @param args What it is given.
 */
export function startModule(module: URL, args: readonly string[]): ChildProcess {
  return startProcess(Deno.execPath(), {
    args: ["run", ...grantedFlags(), "--no-prompt", "--quiet", module.href, ...args],
    stdout: "null",
  });
}

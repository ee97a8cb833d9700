/**
 * A run in a process of its own.
 *
 * @module
 */

import { startModule } from "../host/child_process.ts";

/** How a process ended. */
export interface ChildEnding {
  /** Its exit code. */
  readonly code: number;
  /** What it said was wrong, in one line; empty if nothing was. */
  readonly error: string;
  /** How long it lived. */
  readonly seconds: number;
}

/** What a process is started with. */
export interface ChildOptions {
  /** The module to run; it ends its work when its standard input ends. */
  readonly module: URL;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Aborted: the process is asked to stop, and waited for. */
  readonly signal: AbortSignal;
}

/** Characters of standard error that are kept, for what a crash says last. */
const KEPT_CHARACTERS = 4000;

/** Runs a module in a process of its own until it ends. */
export async function runChild({ module, args, signal }: ChildOptions): Promise<ChildEnding> {
  const started = performance.now();
  const process = startModule(module, args);
  // It stops when this end of the pipe is closed, be it that this process was killed.
  const stop = () => void process.stdin.close().catch(() => {});
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  let said = "";
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    said = (said + text).slice(-KEPT_CHARACTERS);
  }
  const { code, signal: killedBy } = await process.status;
  signal.removeEventListener("abort", stop);
  if (!signal.aborted) stop();
  const error = code === 0 ? "" : complaintIn(said) ??
    (killedBy === null ? `the process ended with ${code}` : `the process was ended by ${killedBy}`);
  return { code, error, seconds: (performance.now() - started) / 1000 };
}

/** The program's own line about what was wrong, else the last line that is not blank. */
function complaintIn(said: string): string | undefined {
  const lines = said.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const own = lines.findLast((line) => line.startsWith("bittext: "));
  return own?.slice("bittext: ".length) ?? lines.at(-1);
}

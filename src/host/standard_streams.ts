/**
 * Standard input, output and error.
 *
 * @module
 */

/** A stream that can be written to at once. */
export interface OutputStream {
  /** Writes some of the bytes; returns how many. */
  writeSync(bytes: Uint8Array): number;
  /** Whether it goes to a terminal. */
  isTerminal(): boolean;
}

/** Standard output. */
export const standardOutputStream: OutputStream = Deno.stdout;

/** Standard error. */
export const standardErrorStream: OutputStream = Deno.stderr;

/** Waits until standard input ends. */
export async function inputEnd(): Promise<void> {
  const buffer = new Uint8Array(64);
  while (await Deno.stdin.read(buffer) !== null);
}

/**
 * Where text goes: standard output and standard error, or something that stands for them in a test.
 *
 * @module
 */

import { WorkError } from "../../errors.ts";
import { environmentVariable } from "../../files/environment.ts";

/** A place to write text to. */
export interface Output {
  write(text: string): void;
  /** Whether lines can be drawn over. */
  readonly isTerminal: boolean;
  /** Whether text may be colored. */
  readonly hasColor: boolean;
  /** Characters that fit on a line. */
  columns(): number;
}

const COLUMNS_UNKNOWN = 100;

const encoder = new TextEncoder();

/** Standard output. A reader that has gone away is no reason to stop the work. */
export function standardOutput(): Output {
  return processOutput(Deno.stdout, (error) => {
    throw new WorkError(`Cannot write to standard output: ${error.message}`, { cause: error });
  });
}

/** Standard error. That it cannot be written to is not worth a word, and nobody would read it. */
export function standardError(): Output {
  return processOutput(Deno.stderr, () => {});
}

function processOutput(
  stream: typeof Deno.stdout | typeof Deno.stderr,
  onFailure: (error: Error) => void,
): Output {
  const isTerminal = stream.isTerminal() && environmentVariable("TERM") !== "dumb";
  let closed = false;
  return {
    isTerminal,
    hasColor: isTerminal && !Deno.noColor,
    columns() {
      try {
        return Deno.consoleSize().columns || COLUMNS_UNKNOWN;
      } catch {
        return COLUMNS_UNKNOWN;
      }
    },
    write(text) {
      if (closed) return;
      let bytes = encoder.encode(text);
      try {
        while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
      } catch (error) {
        closed = true;
        if (error instanceof Deno.errors.BrokenPipe) return;
        onFailure(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}

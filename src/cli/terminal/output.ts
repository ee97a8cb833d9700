/**
 * Where text goes: standard output and standard error, or something that stands for them in a test.
 *
 * @module
 */

import { environmentVariable } from "../../host/environment.ts";
import { isBrokenPipe } from "../../host/file_failures.ts";
import {
  type OutputStream,
  standardErrorStream,
  standardOutputStream,
} from "../../host/standard_streams.ts";
import { isColorUnwanted, terminalColumns } from "../../host/terminal.ts";
import { WorkError } from "../../errors.ts";

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
  return processOutput(standardOutputStream, (error) => {
    throw new WorkError(`Cannot write to standard output: ${error.message}`, { cause: error });
  });
}

/** Standard error. That it cannot be written to is not worth a word, and nobody would read it. */
export function standardError(): Output {
  return processOutput(standardErrorStream, () => {});
}

function processOutput(
  stream: OutputStream,
  onFailure: (error: Error) => void,
): Output {
  const isTerminal = stream.isTerminal() && environmentVariable("TERM") !== "dumb";
  let closed = false;
  return {
    isTerminal,
    hasColor: isTerminal && !isColorUnwanted,
    columns: () => terminalColumns() ?? COLUMNS_UNKNOWN,
    write(text) {
      if (closed) return;
      let bytes = encoder.encode(text);
      try {
        while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
      } catch (error) {
        closed = true;
        if (isBrokenPipe(error)) return;
        onFailure(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}

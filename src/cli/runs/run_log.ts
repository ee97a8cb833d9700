/**
 * The log of a run: what the program says while it trains, in a file beside the metrics.
 *
 * @module
 */
import { appendTextSync } from "../../host/files.ts";
import { fileError } from "../../files/file_error.ts";
import type { CommandContext } from "../terminal/context.ts";
import { describeFailure } from "../terminal/exit_codes.ts";
import { visible } from "../../visible_text.ts";

/** Keeps lines as a pipe would show them, each with its time, whatever `--quiet` says. */
export class RunLog {
  /** A context that talks with the person, and keeps what it says. */
  readonly context: CommandContext;
  #path: string | undefined;
  /** Lines said before the run had a directory. */
  #held = "";

  /** A log without a file yet, of what is said through its context. */
  constructor(context: CommandContext) {
    const keep = (line: string) => this.#keep(line);
    this.context = {
      json: context.json,
      quiet: context.quiet,
      isTerminal: context.isTerminal,
      print(line = "") {
        context.print(line);
        keep(line);
      },
      log(line) {
        context.log(line);
        keep(line);
      },
      note(line) {
        context.note(line);
        keep(line);
      },
      write: (text) => context.write(text),
      progress: (total, label, unit) => context.progress(total, label, unit),
      get interrupted() {
        return context.interrupted;
      },
    };
  }

  /**
   * Appends everything said so far to a file, and everything said from now on.
   *
   * @throws {InputError} If the path cannot be written to.
   * @throws {WorkError} If the disk is full or failing.
   */
  open(path: string): void {
    this.#path = path;
    append(path, this.#held);
    this.#held = "";
  }

  /** Keeps what ended the run; where even that cannot be written, it is printed all the same. */
  fail(error: unknown): void {
    try {
      this.#keep(`bittext: ${describeFailure(error, "train").message}`);
    } catch {
      // The error itself goes on to whoever called.
    }
  }

  #keep(text: string): void {
    const time = new Date().toISOString();
    const lines = visible(text).split("\n").map((line) => `${time}  ${line}`.trimEnd() + "\n").join(
      "",
    );
    if (this.#path === undefined) this.#held += lines;
    else append(this.#path, lines);
  }
}

function append(path: string, lines: string): void {
  try {
    appendTextSync(path, lines);
  } catch (error) {
    throw fileError("write", path, error);
  }
}

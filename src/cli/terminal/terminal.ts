/**
 * Prints the lines of a command on the right stream, above its progress bar if there is one.
 *
 * @module
 */

import type { CommandContext } from "./context.ts";
import { toJsonLine } from "./json_output.ts";
import type { Output } from "./output.ts";
import { type Progress, ProgressBar } from "./progress.ts";
import { visible } from "../../visible_text.ts";

const CLEAR_LINE = "\r\x1b[K";

/** Everything of a `CommandContext` but interruption. */
export class Terminal implements Omit<CommandContext, "interrupted"> {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly isTerminal: boolean;
  readonly #stdout: Output;
  readonly #stderr: Output;
  /** The open bars; work inside other work shows its own. */
  readonly #bars: ProgressBar[] = [];
  #isDrawn = false;

  /**
   * @param stdout For the result.
   * @param stderr For everything else, and for human text beside a JSON result.
   * @param options What `--json` and `--quiet` say.
   */
  constructor(stdout: Output, stderr: Output, options: { json: boolean; quiet: boolean }) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.json = options.json;
    this.quiet = options.quiet;
    this.isTerminal = stdout.isTerminal;
  }

  print(line = ""): void {
    this.write(line + "\n");
  }

  write(text: string): void {
    if (!this.json) this.#writeAbove(this.#stdout, text);
    else if (!this.quiet) this.#writeAbove(this.#stderr, text);
  }

  log(line: string): void {
    if (!this.quiet) this.print(line);
  }

  note(line: string): void {
    if (!this.quiet) this.#writeAbove(this.#stderr, line + "\n");
  }

  /** Prints a line on stderr whatever `--quiet` says. */
  warn(line: string): void {
    this.#writeAbove(this.#stderr, line + "\n");
  }

  /** Prints the result as JSON if `--json` asked for it. */
  printResult(result: unknown): void {
    if (this.json) this.#writeAbove(this.#stdout, toJsonLine(result) + "\n");
  }

  progress(total: number, label: string, unit = "steps"): Progress {
    if (this.quiet || !this.#stderr.isTerminal) return NO_PROGRESS;
    const bar: ProgressBar = new ProgressBar(
      total,
      label,
      unit,
      () => this.#bars.at(-1) === bar && this.#draw(),
      () => {
        this.#clear();
        const index = this.#bars.indexOf(bar);
        if (index >= 0) this.#bars.splice(index, 1);
      },
    );
    this.#bars.push(bar);
    return bar;
  }

  /** Takes away whatever bars are left, as work that failed leaves them. */
  close(): void {
    this.#clear();
    this.#bars.length = 0;
  }

  #writeAbove(output: Output, text: string): void {
    const wasDrawn = this.#isDrawn;
    this.#clear();
    output.write(visible(text));
    if (wasDrawn && text.endsWith("\n")) this.#draw();
  }

  #draw(): void {
    const bar = this.#bars.at(-1);
    if (bar === undefined) return;
    // Some terminals wrap as soon as the last column is filled.
    this.#stderr.write(CLEAR_LINE + visible(bar.render(this.#stderr.columns() - 1)));
    this.#isDrawn = true;
  }

  #clear(): void {
    if (this.#isDrawn) this.#stderr.write(CLEAR_LINE);
    this.#isDrawn = false;
  }
}

const NO_PROGRESS: Progress = { update() {}, [Symbol.dispose]() {} };

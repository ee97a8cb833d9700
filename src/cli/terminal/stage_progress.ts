/**
 * Shows how far work of several stages is: a bar for each, one after the other; off a terminal a line now and then.
 *
 * @module
 */
import type { CommandContext } from "./context.ts";
import { formatDuration, type Progress } from "./progress.ts";

/** What is done in a stage. */
export interface Stage {
  /** What it is called, such as `tokenize`. */
  readonly label: string;
  /** What is counted, such as `MB`. */
  readonly unit: string;
  /** How much there is to do, as far as that is known. */
  readonly total: number;
}

const LINE_EVERY_MS = 10_000;

/** Progress of several stages. Disposing it clears the bar. */
export class StageProgress implements Disposable {
  readonly #context: Pick<CommandContext, "progress" | "note" | "isTerminal">;
  #shown:
    | { readonly label: string; readonly bar: Progress; readonly startedMs: number }
    | undefined;
  #lineMs = performance.now();

  constructor(context: Pick<CommandContext, "progress" | "note" | "isTerminal">) {
    this.#context = context;
  }

  /** Says how far a stage is; it begins with its first word. */
  update(stage: Stage, done: number): void {
    const { label, unit, total } = stage;
    const nowMs = performance.now();
    if (this.#shown?.label !== label) {
      this[Symbol.dispose]();
      this.#shown = { label, bar: this.#context.progress(total, label, unit), startedMs: nowMs };
    }
    this.#shown.bar.update(done);
    if (this.#context.isTerminal || nowMs - this.#lineMs < LINE_EVERY_MS) return;
    this.#lineMs = nowMs;
    const rate = done / (nowMs - this.#shown.startedMs) * 1000;
    const left = Math.max(0, total - done) / rate;
    this.#context.note(
      `${label}: ${done} of ${total} ${unit}, ${rate.toFixed(1)} ${unit}/s` +
        (Number.isFinite(left) ? `, ${formatDuration(left)} left` : ""),
    );
  }

  [Symbol.dispose](): void {
    this.#shown?.bar[Symbol.dispose]();
    this.#shown = undefined;
  }
}

/**
 * Shows how far work of several stages is: a bar for each, one after the other; off a terminal a line now and then.
 *
 * @module
 */
import { renameOptions } from "../../errors.ts";
import type { WorkHooks, WorkProgress } from "../../runs/work.ts";
import { flagOfOption } from "../flags/flag_name.ts";
import type { CommandContext } from "./context.ts";
import { formatDuration, type Progress } from "./progress.ts";

const LINE_EVERY_MS = 10_000;

/** Progress of several stages. Disposing it clears the bar. */
export class StageProgress implements Disposable {
  readonly #context: Pick<CommandContext, "progress" | "note" | "isTerminal">;
  #shown: (WorkProgress & { readonly bar: Progress; readonly startedMs: number }) | undefined;
  #lineMs = performance.now();

  constructor(context: Pick<CommandContext, "progress" | "note" | "isTerminal">) {
    this.#context = context;
  }

  /** Says how far a stage is; it begins with its first word, and ends when nothing of it is left. */
  update(progress: WorkProgress): void {
    const { label, unit, total, done, detail } = progress;
    const nowMs = performance.now();
    const shown = this.#shown;
    const goesOn = shown?.label === label && shown.total === total && shown.done <= done;
    if (!goesOn) this[Symbol.dispose]();
    const bar = goesOn ? shown.bar : this.#context.progress(total, label, unit);
    const startedMs = goesOn ? shown.startedMs : nowMs;
    this.#shown = { ...progress, bar, startedMs };
    bar.update(done, detail);
    if (done >= total) this[Symbol.dispose]();
    if (this.#context.isTerminal || nowMs - this.#lineMs < LINE_EVERY_MS) return;
    this.#lineMs = nowMs;
    const rate = done / (nowMs - startedMs) * 1000;
    // At the first word of a stage nothing is known yet.
    const isKnown = Number.isFinite(rate) && rate > 0;
    this.#context.note(
      `${label}: ${done} of ${total} ${unit}` +
        (isKnown
          ? `, ${rate.toFixed(1)} ${unit}/s, ${
            formatDuration(Math.max(0, total - done) / rate)
          } left`
          : ""),
    );
  }

  [Symbol.dispose](): void {
    this.#shown?.bar[Symbol.dispose]();
    this.#shown = undefined;
  }
}

/** What work tells goes to the person at the terminal, options as they are typed. */
export function workHooks(context: CommandContext, stages: StageProgress): WorkHooks {
  return {
    onNote: (line) => context.note(renameOptions(line, flagOfOption)),
    onProgress: (progress) => stages.update(progress),
    signal: context.interrupted,
  };
}

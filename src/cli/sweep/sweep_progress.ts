/**
 * How far a sweep is: a bar over all steps on a terminal, a line per run elsewhere.
 *
 * @module
 */
import type { SweepDirectory } from "../../sweep/sweep_directory.ts";
import type { CommandContext } from "../terminal/context.ts";
import { formatDuration, type Progress } from "../terminal/progress.ts";

const LOOK_EVERY_MS = 1000;

/** Watches the metrics of the runs at work. */
export class SweepProgress implements Disposable {
  readonly #directory: SweepDirectory;
  readonly #steps: ReadonlyMap<string, number>;
  readonly #total: number;
  readonly #bar: Progress;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #started = performance.now();
  readonly #done = new Map<string, number>();
  readonly #atWork = new Set<string>();
  #first: number | undefined;

  /**
   * @param steps The steps of every run, by its id.
   * @param finished Runs that were done before.
   */
  constructor(
    directory: SweepDirectory,
    steps: ReadonlyMap<string, number>,
    finished: ReadonlySet<string>,
    context: CommandContext,
  ) {
    this.#directory = directory;
    this.#steps = steps;
    this.#total = sum(steps.values());
    for (const id of finished) this.#done.set(id, steps.get(id) ?? 0);
    this.#bar = context.progress(this.#total, "sweep");
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  /** Says that a run starts. */
  start(id: string): void {
    this.#atWork.add(id);
  }

  /** Says that a run has ended, well or not: nothing is left to do of it. */
  end(id: string): void {
    this.#atWork.delete(id);
    this.#done.set(id, this.#steps.get(id) ?? 0);
    this.#update();
  }

  /** Whether a run has less than a tenth of its steps left. */
  isNearlyDone(id: string): boolean {
    return (this.#done.get(id) ?? 0) >= 0.9 * (this.#steps.get(id) ?? Infinity);
  }

  /** The time left at the pace so far, in words; empty while it is unknown or over. */
  timeLeft(): string {
    const done = sum(this.#done.values());
    const advanced = done - (this.#first ?? done);
    const left = this.#total - done;
    if (advanced <= 0 || left <= 0) return "";
    const seconds = (performance.now() - this.#started) / 1000;
    return `, about ${formatDuration(left / advanced * seconds)} left`;
  }

  async #look(): Promise<void> {
    for (const id of [...this.#atWork]) {
      const step = (await this.#directory.run(id).metrics()).at(-1)?.step ?? 0;
      if (this.#atWork.has(id)) this.#done.set(id, step);
    }
    this.#update();
  }

  #update(): void {
    const done = sum(this.#done.values());
    this.#first ??= done;
    this.#bar.update(done, [...this.#atWork].join(", "));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#bar[Symbol.dispose]();
  }
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

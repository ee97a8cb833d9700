/**
 * The progress bar of long work.
 *
 * Written here rather than taken from a package: the bar must be ready the moment work starts, with
 * no network and no permission, and lines are printed above it, which `cli-progress` can only do on
 * a Node stream.
 *
 * @module
 */

/** Long work that says how far it is. Disposing it clears its bar. */
export interface Progress extends Disposable {
  /**
   * Says how much is done; cheap enough to call at every step.
   *
   * @param done How much is done, in the unit of the total.
   * @param detail A few words to show behind the bar, such as `loss 1.92`.
   */
  update(done: number, detail?: string): void;
}

/** What a progress bar shows. */
export interface ProgressState {
  readonly label: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  readonly detail: string;
  /** Measured so far; `undefined` before anything is. */
  readonly unitsPerSecond?: number;
}

const REDRAW_INTERVAL_MS = 100;
const NARROWEST_BAR = 8;
const WIDEST_BAR = 32;

/** A progress bar that draws itself, at most ten times a second. */
export class ProgressBar implements Progress {
  readonly #label: string;
  readonly #unit: string;
  readonly #total: number;
  readonly #redraw: () => void;
  readonly #close: (bar: ProgressBar) => void;
  readonly #now: () => number;
  #first?: { readonly done: number; readonly timeMs: number };
  #done = 0;
  #detail = "";
  #drawnMs = -Infinity;

  /**
   * @param total How much there is to do.
   * @param label What is being done, such as `train`.
   * @param unit What is counted, such as `steps`.
   * @param redraw Draws the bar's line.
   * @param close Takes the bar away.
   * @param now A clock, in milliseconds.
   */
  constructor(
    total: number,
    label: string,
    unit: string,
    redraw: () => void,
    close: (bar: ProgressBar) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#total = total;
    this.#label = label;
    this.#unit = unit;
    this.#redraw = redraw;
    this.#close = close;
    this.#now = now;
  }

  update(done: number, detail?: string): void {
    const timeMs = this.#now();
    // A resumed run starts in the middle: its rate counts from there.
    this.#first ??= { done, timeMs };
    this.#done = done;
    if (detail !== undefined) this.#detail = detail;
    if (timeMs - this.#drawnMs < REDRAW_INTERVAL_MS) return;
    this.#drawnMs = timeMs;
    this.#redraw();
  }

  /**
   * The bar as one line.
   *
   * @param columns Characters that fit on it.
   */
  render(columns: number): string {
    const elapsedMs = this.#first === undefined ? 0 : this.#now() - this.#first.timeMs;
    const advanced = this.#first === undefined ? 0 : this.#done - this.#first.done;
    return renderProgress({
      label: this.#label,
      unit: this.#unit,
      done: this.#done,
      total: this.#total,
      detail: this.#detail,
      unitsPerSecond: advanced > 0 && elapsedMs > 0 ? advanced / elapsedMs * 1000 : undefined,
    }, columns);
  }

  [Symbol.dispose](): void {
    this.#close(this);
  }
}

/**
 * Draws progress as one line: label, bar, share, count, rate, time left, detail. What does not fit
 * is left out, from the end.
 *
 * @param columns Characters that fit on the line.
 */
export function renderProgress(state: ProgressState, columns: number): string {
  const { label, unit, done, total, detail, unitsPerSecond: rate } = state;
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
  const head = label === "" ? "" : `${label} `;
  const parts = [` ${Math.floor(share * 100)} %`.padStart(6), ` · ${done}/${total} ${unit}`];
  if (rate !== undefined) {
    parts.push(` · ${formatRate(rate)} ${unit}/s`);
    parts.push(` · ${formatDuration(Math.max(0, total - done) / rate)} left`);
  }
  if (detail !== "") parts.push(` · ${detail}`);

  let tail = "";
  for (const part of parts) {
    if (head.length + NARROWEST_BAR + tail.length + part.length > columns) break;
    tail += part;
  }
  const width = Math.min(WIDEST_BAR, Math.max(0, columns - head.length - tail.length));
  const filled = Math.round(share * width);
  return (head + "█".repeat(filled) + "░".repeat(width - filled) + tail).slice(0, columns);
}

/**
 * Writes a duration with its two largest units.
 *
 * @param seconds The duration.
 * @returns Words such as `8 s`, `3 min 20 s` or `1 h 05 min`.
 */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate >= 10 ? rate.toFixed(1) : rate.toFixed(2);
}

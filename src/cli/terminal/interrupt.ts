/**
 * Ctrl-C and SIGTERM: the first asks the work to save and stop, a later one ends it at once.
 *
 * @module
 */

import { exit as exitProcess } from "../../host/process.ts";
import { ignoreSignals, listenForSignals } from "../../host/signals.ts";
import { InterruptedError } from "../../errors.ts";
import { INTERRUPTED } from "./exit_codes.ts";

/** Under `deno task` one Ctrl-C arrives twice, from the terminal and from the task. */
const SAME_KEYPRESS_MS = 1000;

/** Listens for signals from the moment its `signal` is first read until it is disposed. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #onFirst: () => void;
  readonly #exit: (code: number) => void;
  readonly #now: () => number;
  readonly #handle = (): void => this.handleSignal();
  #isListening = false;
  #firstMs?: number;

  /**
   * @param onFirst Called at the first signal, to say that it was heard.
   * @param exit Ends the program.
   * @param now A clock, in milliseconds.
   */
  constructor(
    onFirst: () => void,
    exit: (code: number) => void = exitProcess,
    now: () => number = () => performance.now(),
  ) {
    this.#onFirst = onFirst;
    this.#exit = exit;
    this.#now = now;
  }

  /**
   * Aborted by the first signal, with an `InterruptedError`. Signals are left alone until this is
   * read, so that a command which does not know of it still ends at Ctrl-C.
   */
  get signal(): AbortSignal {
    if (!this.#isListening) {
      this.#isListening = true;
      listenForSignals(this.#handle);
    }
    return this.#controller.signal;
  }

  /** Does what a signal asks for. */
  handleSignal(): void {
    const nowMs = this.#now();
    if (this.#firstMs === undefined) {
      this.#firstMs = nowMs;
      this.#onFirst();
      this.#controller.abort(new InterruptedError("Interrupted"));
    } else if (nowMs - this.#firstMs >= SAME_KEYPRESS_MS) {
      this.#exit(INTERRUPTED);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    ignoreSignals(this.#handle);
  }
}

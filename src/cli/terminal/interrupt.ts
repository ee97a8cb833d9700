/**
 * Ctrl-C and SIGTERM: the first asks the work to save and stop, a later one ends it at once.
 *
 * @module
 */

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
   * @param onFirst Told of the first signal, to say that it was heard.
   * @param exit Ends the program.
   * @param now A clock, in milliseconds.
   */
  constructor(
    onFirst: () => void,
    exit: (code: number) => void = Deno.exit,
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
      for (const name of SIGNALS) Deno.addSignalListener(name, this.#handle);
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
    for (const name of SIGNALS) Deno.removeSignalListener(name, this.#handle);
  }
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/**
 * How often something is tried before it counts as failed, and how long is waited in between.
 *
 * @module
 */

import { ConnectionError } from "../download/patient_fetch.ts";
import { HubResponseError } from "./response_error.ts";

/** How something is tried. */
export interface AttemptOptions {
  /** Failures in a row that end it. */
  readonly limit?: number;
  /** Pause after the first failure, doubled after each further one, in milliseconds. */
  readonly pauseMs?: number;
  /** Ends a pause; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Receives a line when the hub asks to wait for long. */
  readonly onNotice?: (line: string) => void;
}

/** A body that came whole and is wrong all the same. Trying again may help. */
export class DamagedError extends Error {
  /** Its name. */
  override readonly name = "DamagedError";
}

const defaultLimit = 5;
/** Longer is not waited for: whoever started the work should decide what to do meanwhile. */
const longestPauseMs = 5 * 60_000;
const worthTellingMs = 3000;

/** Counts failures. */
export class Attempts {
  readonly #options: AttemptOptions;
  #failures = 0;

  /** Something that has not failed yet. */
  constructor(options: AttemptOptions = {}) {
    this.#options = options;
  }

  /** Forgets earlier failures, as the work has come further. */
  progressed(): void {
    this.#failures = 0;
  }

  /**
   * Waits for the next attempt.
   *
   * @param error Why the last one failed.
   * @throws The error itself if another attempt cannot help, or there have been enough.
   */
  async failed(error: unknown): Promise<void> {
    const { limit = defaultLimit, pauseMs = 250, signal, onNotice } = this.#options;
    if (!isTemporary(error) || ++this.#failures >= limit) throw error;
    const asked = error instanceof HubResponseError ? error.retryAfterMs : undefined;
    const waitMs = asked ?? pauseMs * 2 ** (this.#failures - 1);
    if (waitMs > longestPauseMs) throw error;
    if (waitMs >= worthTellingMs) {
      onNotice?.(`${error.message}, trying again in ${Math.ceil(waitMs / 1000)} seconds`);
    }
    await pause(waitMs, signal);
  }
}

/**
 * Does something, again and again if need be.
 *
 * @param work One attempt.
 * @returns What the first attempt that succeeds gives.
 * @throws What the last attempt threw.
 */
export async function withAttempts<T>(
  work: () => Promise<T>,
  options: AttemptOptions = {},
): Promise<T> {
  const attempts = new Attempts(options);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await attempts.failed(error);
    }
  }
}

function isTemporary(error: unknown): error is Error {
  return error instanceof ConnectionError || error instanceof DamagedError ||
    error instanceof HubResponseError && error.isTemporary;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

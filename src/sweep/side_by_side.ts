/**
 * Work done several pieces at a time.
 *
 * @module
 */

/** A share of the machine. */
export interface Share {
  /** Threads that a piece of work may use. */
  readonly threads: number;
}

/** How to share the machine. */
export interface SharingOptions<T> {
  /** Pieces at a time. */
  readonly jobs: number;
  /** Processors that they share. */
  readonly processors: number;
  /** Whether a piece that is at work will end soon. */
  readonly isNearlyDone: (piece: T) => boolean;
  /** Aborted: begin nothing more. */
  readonly signal: AbortSignal;
}

/**
 * Does pieces of work, several at a time, in their order. The last ones, when they are fewer than the places,
 * wait for what is nearly done, to have its processors too.
 *
 * The first error ends the whole: pieces that are at work are stopped by the signal and waited for, none is begun
 * any more, and the error is thrown.
 *
 * @param work Does one piece.
 */
export async function sideBySide<T>(
  pieces: readonly T[],
  work: (piece: T, share: Share, signal: AbortSignal) => Promise<void>,
  { jobs, processors, isNearlyDone, signal: outer }: SharingOptions<T>,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  const queue = [...pieces];
  const atWork = new Map<T, Promise<void>>();
  const threadsBeside = (others: number) =>
    Math.max(1, Math.floor(processors / Math.min(jobs, others + queue.length)));
  while (queue.length > 0 && !signal.aborted) {
    const threads = threadsBeside(atWork.size);
    const isWorthWaiting = threadsBeside(0) > threads && [...atWork.keys()].every(isNearlyDone);
    if (atWork.size < jobs && !isWorthWaiting) {
      const piece = queue.shift()!;
      const done = work(piece, { threads }, signal)
        .catch((error) => failure.abort(error))
        .finally(() => atWork.delete(piece));
      atWork.set(piece, done);
    } else {
      await Promise.race(atWork.values());
    }
  }
  await Promise.all(atWork.values());
  failure.signal.throwIfAborted();
}

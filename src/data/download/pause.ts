/**
 * Keeps long work from holding up everything else.
 *
 * @module
 */

const PAUSE_EVERY_MS = 30;

/**
 * Lets other work happen, signals among it, now and then.
 *
 * @param signal Aborted, now or later: throw its reason.
 * @returns To be called and awaited often; it resolves to whether other work happened.
 */
export function makePause(signal: AbortSignal | undefined): () => boolean | Promise<boolean> {
  signal?.throwIfAborted();
  let last = performance.now();
  return () => {
    if (performance.now() - last < PAUSE_EVERY_MS) return false;
    return new Promise((resolve) => setTimeout(resolve)).then(() => {
      signal?.throwIfAborted();
      last = performance.now();
      return true;
    });
  };
}

/**
 * The program as a sweep starts it: one run, which stops and saves when the sweep does, or is killed.
 *
 * The first argument is a file to lock: of two processes for one run the later waits for the earlier.
 *
 * @module
 */
import { INTERRUPTED } from "../terminal/exit_codes.ts";
import { main } from "../main.ts";

const [lock, ...args] = Deno.args;
const stop = new AbortController();
const stopped = (async () => {
  const buffer = new Uint8Array(64);
  while (await Deno.stdin.read(buffer) !== null);
  stop.abort();
})();

const file = await Deno.open(lock, { create: true, write: true });
const locked = await Promise.race([
  file.lock(true).then(() => true),
  stopped.then(() => false),
]);
Deno.exit(locked ? await main(args, { stop: stop.signal }) : INTERRUPTED);

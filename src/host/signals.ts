/**
 * Signals that ask the program to end.
 *
 * @module
 */

import { isWindows } from "./system.ts";

/** Windows ends programs in ways of its own; elsewhere a terminal that is closed says so first. */
const SIGNALS: readonly Deno.Signal[] = isWindows
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls a function for each Ctrl-C and request to terminate, which then no longer end the program. */
export function listenForSignals(handle: () => void): void {
  for (const name of SIGNALS) Deno.addSignalListener(name, handle);
}

/** Ends what {@link listenForSignals} began with the same function. */
export function ignoreSignals(handle: () => void): void {
  for (const name of SIGNALS) Deno.removeSignalListener(name, handle);
}

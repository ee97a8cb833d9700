/**
 * The program as a sweep starts it: one run, which stops and saves when the sweep does, or is killed.
 *
 * The first argument is a file to lock: of two processes for one run the later waits for the earlier.
 *
 * @module
 */
import { programArguments } from "../../host/arguments.ts";
import { openFile } from "../../host/open_file.ts";
import { exit } from "../../host/process.ts";
import { inputEnd } from "../../host/standard_streams.ts";
import { INTERRUPTED } from "../terminal/exit_codes.ts";
import { main } from "../main.ts";

const [lock, ...args] = programArguments;
const stop = new AbortController();
const stopped = inputEnd().then(() => stop.abort());

const file = await openFile(lock, { create: true, write: true });
const locked = await Promise.race([
  file.lock(true).then(() => true),
  stopped.then(() => false),
]);
exit(locked ? await main(args, { stop: stop.signal }) : INTERRUPTED);

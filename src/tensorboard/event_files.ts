/**
 * The event files of a run: `events.out.tfevents.<seconds>.bittext.<number>`, one for each time it was
 * started or resumed, in the order of their names.
 *
 * They are append logs. Every write is whole or taken back; what a killed process leaves half-written,
 * readers take for the end of the file, and {@link rewindEvents} removes it.
 *
 * @module
 */
import { isMissing } from "../host/file_failures.ts";
import { readFile, readFolder, truncate } from "../host/files.ts";
import { join } from "../host/paths.ts";
import { appendBytes } from "../files/atomic.ts";
import { fileError } from "../files/file_error.ts";
import { fileVersion, sessionStart, stepOf, summary } from "./event.ts";
import { type Bytes, concatenate } from "./protobuf.ts";
import { encodeRecord, readRecords } from "./record.ts";

const NAME = /^events\.out\.tfevents\.(\d+)\.bittext\.\d+$/;

/** Appends events to a file of its own, which is made when the first is written. */
export class EventWriter {
  #path: string | undefined;

  /**
   * @param directory Where the file goes; TensorBoard shows one run per directory.
   * @param doneSteps Steps before the first that is written: a TensorBoard that watches the run forgets
   * what it has read of later ones.
   */
  constructor(readonly directory: string, readonly doneSteps: number) {}

  /**
   * Appends one event.
   *
   * @param values What {@link summary} is made of.
   * @throws {InputError} If the directory cannot be written to.
   * @throws {WorkError} If the disk is full or failing.
   */
  async write(step: number, values: readonly Bytes[]): Promise<void> {
    if (values.length === 0) return;
    const wallTime = Date.now() / 1000;
    const events = [summary({ step, wallTime }, values)];
    if (this.#path === undefined) {
      const first = { step: this.doneSteps + 1, wallTime };
      events.unshift(fileVersion({ step: 0, wallTime }), sessionStart(first));
    }
    const path = this.#path ?? await nextPath(this.directory, wallTime);
    await appendBytes(path, concatenate(events.map(encodeRecord)));
    this.#path = path;
  }
}

/**
 * Removes the events after a step, so that a resumed run can write them again, and half-written ends.
 *
 * @param directory Directory of the run.
 */
export async function rewindEvents(directory: string, step: number): Promise<void> {
  for (const name of await eventFiles(directory)) {
    const path = join(directory, name);
    try {
      const file = await readFile(path);
      let kept = 0;
      for (const { data, end } of readRecords(file)) {
        if (stepOf(data) > step) break;
        kept = end;
      }
      if (kept < file.length) await truncate(path, kept);
    } catch (error) {
      throw fileError("rewind", path, error);
    }
  }
}

/** Names of the event files written here, in the order of their events. */
async function eventFiles(directory: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of readFolder(directory)) if (NAME.test(name)) names.push(name);
  } catch (error) {
    if (!isMissing(error)) throw fileError("read", directory, error);
  }
  return names.sort();
}

/** A name that sorts behind all others, also if the clock was set back. */
async function nextPath(directory: string, wallTime: number): Promise<string> {
  const names = await eventFiles(directory);
  const latest = Number(NAME.exec(names.at(-1) ?? "")?.[1] ?? 0);
  const seconds = String(Math.max(Math.floor(wallTime), latest)).padStart(10, "0");
  const number = String(names.length).padStart(4, "0");
  return join(directory, `events.out.tfevents.${seconds}.bittext.${number}`);
}

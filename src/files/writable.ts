/**
 * Whether something could be written, found out before there is anything to write.
 *
 * @module
 */

import { isTaken, remove } from "../host/files.ts";
import { openFile } from "../host/open_file.ts";
import { dirname, join, resolve } from "../host/paths.ts";
import { processId } from "../host/process.ts";
import { fileError } from "./file_error.ts";

/**
 * Checks that a folder can be made, or written into if it is there. Nothing is left of it.
 *
 * @throws {InputError} If it cannot.
 */
export async function assertWritable(folder: string): Promise<void> {
  let place = resolve(folder);
  while (!await isTaken(place) && dirname(place) !== place) place = dirname(place);
  const probe = join(place, `.bittext-${processId}.tmp`);
  try {
    (await openFile(probe, { write: true, create: true })).close();
    await remove(probe);
  } catch (error) {
    throw fileError("write", folder, error);
  }
}

/**
 * What is wrong with a file of an image.
 *
 * @module
 */

import { isDenied } from "../../host/file_failures.ts";
import { WorkError } from "../../errors.ts";
import { fileError } from "../../files/file_error.ts";

/** More are not decoded: a damaged or hostile header could ask for all memory. */
const mostPixels = 64_000_000;

/**
 * Checks the size that the header of an image states.
 *
 * @throws {Error} If it is empty or too large.
 */
export function checkImageSize(height: number, width: number): void {
  if (height * width >= 1 && height * width <= mostPixels) return;
  throw new Error(`its header says ${width}×${height} pixels, 1 to ${mostPixels} are accepted`);
}

/**
 * Why a decoder failed, in one line.
 *
 * @throws {InputError} If Deno may not read the decoder.
 * @throws {WorkError} If the decoder cannot be loaded.
 */
export function decodingFailure(error: unknown): Error {
  if (error instanceof WorkError) throw error;
  if (isDenied(error)) {
    throw fileError("load", "what decodes images", error);
  }
  const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
  return new Error(`it is damaged (${line})`, { cause: error });
}

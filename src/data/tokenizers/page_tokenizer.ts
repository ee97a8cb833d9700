/**
 * Tokenizers of a page: at an address, or from a file that a user chose.
 *
 * @module
 */

import { fetchBlob, type FetchOptions } from "../../files/web_source.ts";
import { parseTokenizer } from "./load_tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * Reads a `tokenizer.json` that BitText wrote: of characters, bytes or byte pairs.
 *
 * @param place Its address, or the file.
 * @throws {InputError} If it is missing, cannot be read, or is no usable tokenizer.
 * @throws {WorkError} If the server fails, or the tokenizer needs a library, which a page has not.
 */
export async function readTokenizer(
  place: string | URL | Blob,
  options: FetchOptions = {},
): Promise<Tokenizer> {
  const file = place instanceof Blob ? place : await fetchBlob(place, options);
  const name = place instanceof File ? place.name : place instanceof Blob ? "file" : String(place);
  return await parseTokenizer(await file.text(), name);
}

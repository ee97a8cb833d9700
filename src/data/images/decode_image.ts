/**
 * Files of images made into pixels.
 *
 * @module
 */

import { decodeGif } from "./decode_gif.ts";
import { decodeJpeg } from "./decode_jpeg.ts";
import { decodePng } from "./decode_png.ts";
import { decodeWebp } from "./decode_webp.ts";
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
 * Decodes a PNG, JPEG, WebP or GIF file, of an animation the first frame. One that is encoded as grayscale has one
 * channel, any other three; what is transparent lies over white.
 *
 * @param bytes The whole file.
 * @throws {Error} If it is damaged or of another kind; the message says why, without the file's name.
 * @throws {InputError} If Deno may not read the library that decodes it.
 * @throws {WorkError} If that library cannot be loaded.
 */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>): Promise<Image> {
  const [kind] = beginnings.find(([, begins]) => beginsWith(bytes, begins)) ?? [];
  switch (kind) {
    case "PNG":
      return decodePng(bytes);
    case "JPEG":
      return await decodeJpeg(bytes);
    case "WebP":
      return await decodeWebp(bytes);
    case "GIF":
      return await decodeGif(bytes);
  }
  const what = bytes.length === 0 ? "it is empty" : kind ? `it is ${kind}` : "it is no image";
  throw new Error(`${what}, PNG, JPEG, WebP and GIF are accepted`);
}

function beginsWith(bytes: Uint8Array, begins: string): boolean {
  return bytes.length >= begins.length &&
    [...begins].every((letter, at) => letter === "?" || bytes[at] === letter.charCodeAt(0));
}

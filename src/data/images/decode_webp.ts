/**
 * WebP files, through `npm:@jsquash/webp`: libwebp as WebAssembly. Of an animation, the first frame.
 *
 * @see https://developers.google.com/speed/webp/docs/riff_container
 * @module
 */

import { importPackage } from "../download/npm_package.ts";
import { checkImageSize, decodingFailure } from "./image_damage.ts";
import { exifOrientation, type Orientation, turned } from "./orientation.ts";
import { type ColorPixels, withoutOpacity } from "./rgba.ts";
import type { Image } from "./resize.ts";

const webpPackage = "@jsquash/webp@1.5.0/decode.js";

/** The parts of the library that are used. */
interface JsquashWebp {
  default(bytes: ArrayBuffer): Promise<ColorPixels>;
}

/** A part of the file: its name, and its content. */
interface Chunk {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Bytes of an animation's frame in front of its pixels. */
const FRAME_HEADER_BYTES = 16;

/**
 * Decodes a WebP file, turned as its EXIF orientation says. What is transparent lies over white.
 *
 * @throws {Error} If it is damaged.
 */
export async function decodeWebp(bytes: Uint8Array): Promise<Image> {
  const library = await importPackage<JsquashWebp>(webpPackage);
  try {
    const chunks = chunksOf(bytes.subarray(12));
    const exif = chunks.find(({ name }) => name === "EXIF")?.content;
    const frame = chunks.find(({ name }) => name === "ANMF")?.content;
    const still = frame === undefined ? chunks : chunksOf(frame.subarray(FRAME_HEADER_BYTES));
    const size = sizeOf(still);
    checkImageSize(size.height, size.width);
    const file = frame === undefined ? bytes.slice() : fileOf(still, size);
    const decoded = await library.default(file.buffer as ArrayBuffer);
    const orientation: Orientation = exif === undefined ? 1 : exifOrientation(afterPrefix(exif));
    return turned(withoutOpacity(decoded, 3), orientation);
  } catch (error) {
    throw decodingFailure(error);
  }
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length;
    if (end > bytes.length) throw new Error("it ends too early");
    const name = String.fromCharCode(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
    chunks.push({ name, content: bytes.subarray(at + 8, end) });
    // Chunks begin at even places.
    at = end + length % 2;
  }
  return chunks;
}

/** What the pixels' own header says; the canvas of an animation can be larger. */
function sizeOf(chunks: readonly Chunk[]): { readonly width: number; readonly height: number } {
  for (const { name, content } of chunks) {
    const view = new DataView(content.buffer, content.byteOffset, content.length);
    if (name === "VP8 ") {
      return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
    }
    if (name === "VP8L") {
      const bits = view.getUint32(1, true);
      return { width: (bits & 0x3fff) + 1, height: (bits >>> 14 & 0x3fff) + 1 };
    }
  }
  throw new Error("it has no pixels");
}

/** A file of the chunks of one frame. */
function fileOf(
  chunks: readonly Chunk[],
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const extended = new Uint8Array(10);
  const hasOpacity = chunks.some(({ name }) => name === "ALPH");
  extended[0] = hasOpacity ? 0x10 : 0;
  for (const [at, value] of [[4, width - 1], [7, height - 1]]) {
    for (let byte = 0; byte < 3; byte++) extended[at + byte] = value >> 8 * byte;
  }
  const all = hasOpacity ? [{ name: "VP8X", content: extended }, ...chunks] : chunks;
  const padded = ({ content }: Chunk) => 8 + content.length + content.length % 2;
  const file = new Uint8Array(12 + all.reduce((sum, chunk) => sum + padded(chunk), 0));
  const view = new DataView(file.buffer);
  const text = (at: number, letters: string) =>
    [...letters].forEach((letter, i) => file[at + i] = letter.charCodeAt(0));
  text(0, "RIFF");
  view.setUint32(4, file.length - 8, true);
  text(8, "WEBP");
  let at = 12;
  for (const chunk of all) {
    text(at, chunk.name);
    view.setUint32(at + 4, chunk.content.length, true);
    file.set(chunk.content, at + 8);
    at += padded(chunk);
  }
  return file;
}

/** Some programs put JPEG's prefix in front of the block. */
function afterPrefix(exif: Uint8Array): Uint8Array {
  return exif[0] === 0x45 && exif[1] === 0x78 ? exif.subarray(6) : exif;
}

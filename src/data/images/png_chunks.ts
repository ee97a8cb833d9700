/**
 * The chunks of a PNG file that say what its pixels are.
 *
 * @see https://www.w3.org/TR/png-3/
 * @module
 */

import { exifOrientation, type Orientation } from "./orientation.ts";

/** What is said in front of the pixels. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Whether the pixels are numbers of colors in the palette. */
  readonly isPalette: boolean;
  /** Samples per pixel: gray or a number; with opacity; color; with opacity. */
  readonly samples: 1 | 2 | 3 | 4;
  readonly isInterlaced: boolean;
  /** Red, green and blue of each color; empty without a palette. */
  readonly palette: Uint8Array;
  /** Opacity of each color, or the samples of the one that is transparent. */
  readonly transparency: Uint8Array | undefined;
  readonly orientation: Orientation;
}

/** A file, taken apart. */
export interface PngFile {
  readonly header: PngHeader;
  /** The compressed pixels. */
  readonly data: Uint8Array;
}

/** Samples per pixel and depths of each kind of color. */
const KINDS: Readonly<
  Record<number, readonly [samples: 1 | 2 | 3 | 4, depths: readonly number[]]>
> = {
  0: [1, [1, 2, 4, 8, 16]],
  2: [3, [8, 16]],
  3: [1, [1, 2, 4, 8]],
  4: [2, [8, 16]],
  6: [4, [8, 16]],
};

const SIGNATURE_BYTES = 8;
const HEADER_BYTES = 13;

/**
 * Takes a file apart.
 *
 * @throws {Error} If it breaks the format where that matters for its pixels.
 */
export function readPng(bytes: Uint8Array): PngFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  let header: PngHeader | undefined;
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw new Error("it ends too early");
    const content = bytes.subarray(at + 8, end);
    // Chunks with a capital letter first decide what is seen; the others may be damaged.
    const isCritical = type[0] === type[0].toUpperCase();
    if (isCritical && view.getUint32(end) !== crc32(bytes.subarray(at + 4, end))) {
      throw new Error(`the checksum of its ${type} is wrong`);
    }
    if (type === "IHDR") header = readHeader(content);
    else if (header === undefined) throw new Error("it does not begin with its header");
    else if (type === "PLTE") header = { ...header, palette: content };
    else if (type === "tRNS") header = { ...header, transparency: content };
    else if (type === "eXIf") header = { ...header, orientation: exifOrientation(content) };
    else if (type === "IDAT") parts.push(content);
    else if (type === "IEND") break;
    at = end + 4;
  }
  if (header === undefined || parts.length === 0) throw new Error("it has no pixels");
  const { isPalette, palette } = header;
  if (isPalette && (palette.length === 0 || palette.length % 3 !== 0 || palette.length > 768)) {
    throw new Error("it has no palette");
  }
  return { header, data: joined(parts) };
}

function readHeader(content: Uint8Array): PngHeader {
  if (content.length !== HEADER_BYTES) throw new Error("its header is of another length");
  const view = new DataView(content.buffer, content.byteOffset, HEADER_BYTES);
  const [depth, color, compression, filter, interlace] = content.subarray(8);
  const [samples, depths] = KINDS[color] ?? [];
  if (samples === undefined || !depths!.includes(depth)) {
    throw new Error(`its header says color ${color} of ${depth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw new Error("its header states methods that do not exist");
  }
  return {
    ...{ width: view.getUint32(0), height: view.getUint32(4), depth, samples },
    ...{ isPalette: color === 3, isInterlaced: interlace === 1 },
    ...{ palette: new Uint8Array(), transparency: undefined, orientation: 1 },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const CRC_TABLE = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ crc >>> 1 : crc >>> 1;
  return crc;
});

/** The checksum of PNG, polynomial 0xedb88320. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ crc >>> 8;
  return (crc ^ -1) >>> 0;
}

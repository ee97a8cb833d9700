/**
 * PNG files: every depth, palette, interlacing, transparent colors and orientation.
 *
 * @module
 */

import { inflate } from "../../host/inflate.ts";
import { checkImageSize, decodingFailure } from "./image_damage.ts";
import { turned } from "./orientation.ts";
import { type PngHeader, readPng } from "./png_chunks.ts";
import type { Image } from "./resize.ts";
import { overWhite } from "./rgba.ts";

/** Decompressed bytes that are held beside the pixels. */
const MOST_BYTES = 2 ** 28;
/** Deflate makes at most this much of a byte. */
const LARGEST_RATIO = 1032;

/** First column and row of each pass, and its steps; without interlacing there is one. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [
    ...[0, 1, 1, 2],
  ],
];
const ONE_PASS = [[0, 0, 1, 1]];

/**
 * Decodes a PNG file, turned as its EXIF orientation says. What is transparent lies over white; of 16 bits, the upper 8
 * count.
 *
 * @throws {Error} If it is damaged.
 */
export function decodePng(bytes: Uint8Array): Image {
  try {
    const { header, data } = readPng(bytes);
    const { width, height, depth, samples, isInterlaced } = header;
    checkImageSize(height, width);
    const passes = (isInterlaced ? PASSES : ONE_PASS)
      .map(([x, y, stepX, stepY]) => ({
        ...{ x, y, stepX, stepY },
        width: Math.ceil((width - x) / stepX),
        height: Math.ceil((height - y) / stepY),
      }))
      .filter((pass) => pass.width > 0 && pass.height > 0);
    const lineBytes = (columns: number) => Math.ceil(columns * samples * depth / 8);
    const total = passes.reduce((sum, pass) => sum + pass.height * (1 + lineBytes(pass.width)), 0);
    if (total > MOST_BYTES) {
      throw new Error(`its pixels take ${total} bytes, up to ${MOST_BYTES} are accepted`);
    }
    if (total > LARGEST_RATIO * data.length + LARGEST_RATIO) throw new Error("it ends too early");
    const lines = inflate(data, total + 1);
    if (lines.length < total) throw new Error("it ends too early");
    const write = pixelWriter(header);
    let at = 0;
    for (const pass of passes) {
      const line = lineBytes(pass.width);
      unfilter(lines.subarray(at, at + pass.height * (1 + line)), line, depth * samples);
      for (let row = 0; row < pass.height; row++) {
        const start = at + row * (1 + line) + 1;
        const to = (pass.y + row * pass.stepY) * width + pass.x;
        write(lines.subarray(start, start + line), pass.width, to, pass.stepX);
      }
      at += pass.height * (1 + line);
    }
    return turned(write.image, header.orientation);
  } catch (error) {
    throw decodingFailure(error);
  }
}

/** Takes the differences back that each line was stored as: to the left, above, their mean, or the nearest of three. */
function unfilter(lines: Uint8Array, line: number, bitsPerPixel: number): void {
  const left = Math.max(1, bitsPerPixel >> 3);
  const stride = line + 1;
  for (let start = 0; start < lines.length; start += stride) {
    const filter = lines[start];
    const first = start + 1;
    const end = first + line;
    const isTop = start === 0;
    switch (filter) {
      case 0:
        break;
      case 1:
        for (let i = first + left; i < end; i++) lines[i] += lines[i - left];
        break;
      case 2:
        if (!isTop) { for (let i = first; i < end; i++) lines[i] += lines[i - stride]; }
        break;
      case 3:
        for (let i = first; i < end; i++) {
          const before = i - left >= first ? lines[i - left] : 0;
          const above = isTop ? 0 : lines[i - stride];
          lines[i] += before + above >> 1;
        }
        break;
      case 4:
        for (let i = first; i < end; i++) {
          const before = i - left >= first ? lines[i - left] : 0;
          const above = isTop ? 0 : lines[i - stride];
          const corner = isTop || i - left < first ? 0 : lines[i - stride - left];
          lines[i] += paeth(before, above, corner);
        }
        break;
      default:
        throw new Error(`a line of it is filtered by ${filter}`);
    }
  }
}

/** Whichever of three neighbors is nearest to left + above − corner. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Writes the pixels of a line from a place on, `step` apart. */
interface PixelWriter {
  (line: Uint8Array, count: number, to: number, step: number): void;
  readonly image: Image;
}

function pixelWriter(header: PngHeader): PixelWriter {
  const { width, height, samples, isPalette } = header;
  const channels = isPalette || samples > 2 ? 3 : 1;
  const pixels = new Uint8Array(width * height * channels);
  const fill = isPalette
    ? paletteLine(header, pixels)
    : samples === channels && header.depth === 8 && header.transparency === undefined
    ? plainLine(channels, pixels)
    : sampledLine(header, channels, pixels);
  return Object.assign(fill, { image: { width, height, channels, pixels } as Image });
}

type LineWriter = (line: Uint8Array, count: number, to: number, step: number) => void;

function plainLine(channels: number, pixels: Uint8Array): LineWriter {
  return (line, count, to, step) => {
    if (step === 1) {
      pixels.set(line, to * channels);
      return;
    }
    for (let i = 0, from = 0; i < count; i++) {
      for (let c = 0; c < channels; c++) pixels[(to + i * step) * channels + c] = line[from++];
    }
  };
}

function paletteLine({ depth, palette, transparency }: PngHeader, pixels: Uint8Array): LineWriter {
  const colors = palette.slice();
  for (let i = 0; i < colors.length; i++) {
    const opacity = transparency?.[Math.floor(i / 3)] ?? 255;
    colors[i] = overWhite(colors[i], opacity);
  }
  return (line, count, to, step) => {
    for (let i = 0; i < count; i++) {
      const from = 3 * packed(line, i, depth);
      if (from >= colors.length) throw new Error("a pixel has a color that is not in its palette");
      const at = 3 * (to + i * step);
      for (let c = 0; c < 3; c++) pixels[at + c] = colors[from + c];
    }
  };
}

function sampledLine(
  { depth, samples, transparency }: PngHeader,
  channels: number,
  pixels: Uint8Array,
): LineWriter {
  const hasOpacity = samples > channels;
  const bytes = depth === 16 ? 2 : 1;
  const scale = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const key = !hasOpacity && transparency && transparency.length >= 2 * channels
    ? Array.from({ length: channels }, (_, c) => transparency[2 * c] << 8 | transparency[2 * c + 1])
    : undefined;
  // Samples as they are stored, 16 bits whole, for the comparison with the transparent color.
  const sampleAt = (line: Uint8Array, index: number) =>
    depth === 16
      ? line[2 * index] << 8 | line[2 * index + 1]
      : depth === 8
      ? line[index]
      : packed(line, index, depth);
  return (line, count, to, step) => {
    for (let i = 0; i < count; i++) {
      const from = i * samples;
      const at = (to + i * step) * channels;
      let opacity = hasOpacity ? line[(from + channels) * bytes] : 255;
      if (key !== undefined) {
        let isKey = true;
        for (let c = 0; c < channels; c++) isKey &&= sampleAt(line, from + c) === key[c];
        if (isKey) opacity = 0;
      }
      for (let c = 0; c < channels; c++) {
        const value = depth < 8 ? scale * packed(line, from + c, depth) : line[(from + c) * bytes];
        pixels[at + c] = overWhite(value, opacity);
      }
    }
  };
}

/** A number of a few bits; the first of a byte is in its upper bits. */
function packed(line: Uint8Array, index: number, depth: number): number {
  const bit = index * depth;
  return line[bit >> 3] >> 8 - depth - (bit & 7) & (1 << depth) - 1;
}

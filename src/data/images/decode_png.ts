/**
 * PNG files, through `npm:fast-png`.
 *
 * @module
 */

import { importPackage } from "../download/npm_package.ts";
import { checkImageSize, decodingFailure } from "./image_damage.ts";
import type { Image } from "./resize.ts";

const pngPackage = "fast-png@8.0.0";

/** The parts of the library that are used. */
interface FastPng {
  decode(bytes: Uint8Array, options: { readonly checkCrc: boolean }): Decoded;
  convertIndexedToRgb(image: Decoded): Uint8Array;
}

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  /** Bits per value; below 8, several values are in a byte, the first in its upper bits. */
  readonly depth: number;
  /** Gray; gray and opacity; color; color and opacity. */
  readonly channels: number;
  /** Colors, with or without opacity, that the values are numbers of. */
  readonly palette?: readonly (readonly number[])[];
}

/**
 * Decodes a PNG file.
 *
 * @throws {Error} If it is damaged.
 */
export async function decodePng(bytes: Uint8Array): Promise<Image> {
  const { decode, convertIndexedToRgb } = await importPackage<FastPng>(pngPackage);
  try {
    // Width and height lead the first chunk, behind the signature and the chunk's length and name.
    const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    checkImageSize(header.getUint32(20), header.getUint32(16));
    const image = decode(bytes, { checkCrc: true });
    const { width, height, palette } = image;
    if (palette !== undefined) {
      const samples = convertIndexedToRgb(image);
      return overWhite(samples, { width, height, samplesPerPixel: palette[0].length });
    }
    return overWhite(samplesOf(image), { width, height, samplesPerPixel: image.channels });
  } catch (error) {
    throw decodingFailure(error);
  }
}

/** Values from 0 to 255. */
function samplesOf({ data, depth, width, height, channels }: Decoded): Uint8Array {
  if (depth === 16) return Uint8Array.from(data, (value) => value >> 8);
  if (depth === 8) return Uint8Array.from(data);
  // Only grayscale images have fewer bits; each row begins with a byte of its own.
  const highest = 2 ** depth - 1;
  const line = Math.ceil(width * channels * depth / 8);
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    const bit = column * depth;
    const value = data[row * line + (bit >> 3)] >> 8 - depth - (bit & 7) & highest;
    return value * 255 / highest;
  });
}

function overWhite(
  samples: Uint8Array,
  { width, height, samplesPerPixel }: {
    readonly width: number;
    readonly height: number;
    readonly samplesPerPixel: number;
  },
): Image {
  const channels = samplesPerPixel <= 2 ? 1 : 3;
  if (samplesPerPixel === channels) return { width, height, channels, pixels: samples };
  const pixels = new Uint8Array(width * height * channels);
  for (let at = 0, to = 0; at < samples.length; at += samplesPerPixel) {
    const opacity = samples[at + channels] / 255;
    for (let channel = 0; channel < channels; channel++) {
      pixels[to++] = Math.floor(255 + opacity * (samples[at + channel] - 255) + 0.5);
    }
  }
  return { width, height, channels, pixels };
}

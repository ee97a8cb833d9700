/**
 * JPEG files in the four colors of print, through `npm:jpeg-js`: within a level of what Pillow gives, and slow.
 *
 * @module
 */

import { importPackage } from "../download/npm_package.ts";
import type { Image } from "./resize.ts";

const jpegPackage = "jpeg-js@0.4.4";

/** The parts of the library that are used. */
interface JpegJs {
  readonly default: {
    decode(bytes: Uint8Array, options: {
      readonly useTArray: true;
      readonly formatAsRGBA: false;
      readonly tolerantDecoding: false;
      readonly maxResolutionInMP: number;
      readonly maxMemoryUsageInMB: number;
    }): { readonly width: number; readonly height: number; readonly data: Uint8Array };
  };
}

/**
 * Decodes a JPEG file of four components to red, green and blue.
 *
 * @throws {Error} If it is damaged, or takes too much memory.
 */
export async function decodePrintColors(bytes: Uint8Array): Promise<Image> {
  const { default: library } = await importPackage<JpegJs>(jpegPackage);
  const { width, height, data } = library.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: 64,
    maxMemoryUsageInMB: 768,
  });
  return { width, height, channels: 3, pixels: data };
}

/**
 * GIF files, through `npm:omggif`: their first frame.
 *
 * @module
 */

import { importPackage } from "../download/npm_package.ts";
import { checkImageSize, decodingFailure } from "./image_damage.ts";
import { withoutOpacity } from "./rgba.ts";
import type { Image } from "./resize.ts";

const gifPackage = "omggif@1.0.10";

/** The parts of the library that are used. */
interface Omggif {
  readonly GifReader: new (bytes: Uint8Array) => {
    readonly width: number;
    readonly height: number;
    numFrames(): number;
    frameInfo(frame: number): {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    };
    decodeAndBlitFrameRGBA(frame: number, pixels: Uint8Array): void;
  };
}

/** A code of 12 bits stands for at most 4096 pixels. */
const MOST_PIXELS_PER_BYTE = 4096;

/**
 * Decodes the first frame of a GIF file. What is transparent lies over white.
 *
 * @throws {Error} If it is damaged.
 */
export async function decodeGif(bytes: Uint8Array): Promise<Image> {
  const { GifReader } = await importPackage<Omggif>(gifPackage);
  try {
    const reader = new GifReader(bytes);
    const { width, height } = reader;
    checkImageSize(height, width);
    if (reader.numFrames() === 0) throw new Error("it has no picture");
    const frame = reader.frameInfo(0);
    if (frame.x + frame.width > width || frame.y + frame.height > height) {
      throw new Error("its picture is larger than the file says");
    }
    if (frame.width * frame.height > MOST_PIXELS_PER_BYTE * bytes.length) {
      throw new Error("it ends too early");
    }
    const data = new Uint8Array(4 * width * height);
    reader.decodeAndBlitFrameRGBA(0, data);
    return withoutOpacity({ width, height, data }, 3);
  } catch (error) {
    throw decodingFailure(error);
  }
}

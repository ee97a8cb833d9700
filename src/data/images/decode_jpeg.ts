/**
 * JPEG files, through `npm:@jsquash/jpeg`: MozJPEG as WebAssembly. It has no print colors, see `decode_cmyk_jpeg.ts`.
 *
 * @module
 */

import { isDenied } from "../../host/file_failures.ts";
import { importPackage } from "../download/npm_package.ts";
import { decodePrintColors } from "./decode_cmyk_jpeg.ts";
import { checkImageSize, decodingFailure } from "./image_damage.ts";
import type { Image } from "./resize.ts";

const jpegPackage = "@jsquash/jpeg@1.6.0/decode.js";

/** The parts of the library that are used. */
interface JsquashJpeg {
  /** Starts the decoder anew. */
  init(options: { readonly printErr: (line: string) => void }): Promise<void>;
  default(
    bytes: Uint8Array<ArrayBuffer>,
    options: { readonly preserveOrientation: boolean },
  ): Promise<{ readonly width: number; readonly height: number; readonly data: Uint8ClampedArray }>;
}

/** Each block of 64 pixels takes at least a bit. */
const MOST_PIXELS_PER_BYTE = 8 * 64;

/** What the decoder said last. */
let complaint = "";
let isReady = false;

/**
 * Decodes a JPEG file, turned as its EXIF orientation says.
 *
 * @throws {Error} If it is damaged or ends too early.
 */
export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>): Promise<Image> {
  const library = await importPackage<JsquashJpeg>(jpegPackage);
  if (!isReady) await library.init({ printErr: (line) => complaint = line });
  isReady = true;
  try {
    complaint = "";
    const { height: statedHeight, width: statedWidth, components } = readFrame(bytes);
    checkImageSize(statedHeight, statedWidth);
    if (statedHeight * statedWidth > MOST_PIXELS_PER_BYTE * bytes.length) {
      throw new Error("it ends too early");
    }
    if (components === 4) return await decodePrintColors(bytes);
    const { width, height, data } = await library.default(bytes, { preserveOrientation: true });
    // A damaged picture is filled with gray, which is only said. Bytes too many do no harm.
    if (complaint !== "" && !complaint.includes("extraneous bytes")) throw new Error(complaint);
    const channels = components === 1 ? 1 : 3;
    const pixels = new Uint8Array(width * height * channels);
    for (let at = 0, to = 0; at < data.length; at += 4) {
      for (let channel = 0; channel < channels; channel++) pixels[to++] = data[at + channel];
    }
    return { width, height, channels, pixels };
  } catch (error) {
    // The memory of what was given up is lost, so the decoder begins anew.
    isReady = false;
    const isForbidden = isDenied(error);
    throw decodingFailure(complaint === "" || isForbidden ? error : new Error(complaint));
  }
}

/** What the frame header states. */
interface Frame {
  readonly height: number;
  readonly width: number;
  /** 1 for grayscale, 3 for color, 4 for print colors. */
  readonly components: number;
}

/**
 * Finds the frame header among the segments in front of the picture.
 *
 * @throws {Error} If there is none.
 */
function readFrame(bytes: Uint8Array): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      return {
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components: bytes[at + 9],
      };
    }
    // 0xff before a marker is padding; every segment in front of the frame states its length.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  throw new Error("it has no frame header");
}

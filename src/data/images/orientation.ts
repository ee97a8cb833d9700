/**
 * How a picture has to be turned to be seen as it was taken.
 *
 * @module
 */

import type { Image } from "./resize.ts";

/** EXIF's numbers: 1 as it is, 2 to 4 mirrored or upside down, 5 to 8 with rows and columns exchanged. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;

/**
 * The orientation in a block of EXIF, which is a TIFF header and its first directory.
 *
 * @returns 1 where it says nothing, or is damaged: a picture can be seen without it.
 */
export function exifOrientation(exif: Uint8Array): Orientation {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.length);
  if (exif.length < 8) return 1;
  const order = view.getUint16(0);
  const isLittle = order === 0x4949;
  if (!isLittle && order !== 0x4d4d || view.getUint16(2, isLittle) !== 42) return 1;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > exif.length) return 1;
  const entries = view.getUint16(directory, isLittle);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > exif.length) return 1;
    if (view.getUint16(at, isLittle) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? value as Orientation : 1;
  }
  return 1;
}

/** A picture turned as its orientation says. */
export function turned(image: Image, orientation: Orientation): Image {
  if (orientation === 1) return image;
  const { width, height, channels, pixels } = image;
  const isTransposed = orientation >= 5;
  const [columns, rows] = isTransposed ? [height, width] : [width, height];
  // Where a pixel of the result comes from; transposed, its row is the column there.
  const flipsX = [2, 3, 7, 8].includes(orientation);
  const flipsY = [3, 4, 6, 7].includes(orientation);
  const out = new Uint8Array(pixels.length);
  let to = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const [column, row] = isTransposed ? [y, x] : [x, y];
      const fromX = flipsX ? width - 1 - column : column;
      const fromY = flipsY ? height - 1 - row : row;
      const from = (fromY * width + fromX) * channels;
      for (let channel = 0; channel < channels; channel++) out[to++] = pixels[from + channel];
    }
  }
  return { width: columns, height: rows, channels, pixels: out };
}

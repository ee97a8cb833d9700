/**
 * Images of any size made into squares of one.
 *
 * @module
 */

import type { ImageSize } from "./image_split.ts";

/** An image in memory: its pixels row by row, the channels of each together. */
export interface Image extends ImageSize {
  /** (height · width · channels) bytes. */
  readonly pixels: Uint8Array;
}

/** For each place of a resized line: where its window begins, and the weights of what is in it. */
interface Windows {
  readonly starts: Int32Array;
  /** (places · width of a window), rows of which sum to one. */
  readonly weights: Float32Array;
  readonly width: number;
}

/**
 * Resizes an image so that its short side fits, and cuts the middle of its long side out: bilinear interpolation, over
 * as many pixels as one of the result covers, so that nothing flickers when it becomes smaller.
 *
 * @param image The image.
 * @param side Height and width of the result.
 */
export function resizedSquare(image: Image, side: number): Image {
  const { height, width, channels, pixels } = image;
  if (height === side && width === side) return image;
  const scale = Math.min(height, width) / side;
  const columns = triangleWindows(width, side, scale);
  const rows = triangleWindows(height, side, scale);

  // First the width, of the rows that count only.
  const firstRow = rows.starts[0];
  const lastRow = rows.starts[side - 1] + rows.width;
  const line = side * channels;
  const narrow = new Float32Array((lastRow - firstRow) * line);
  for (let row = firstRow; row < lastRow; row++) {
    const source = row * width * channels;
    const target = (row - firstRow) * line;
    for (let x = 0; x < side; x++) {
      const start = source + columns.starts[x] * channels;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let k = 0; k < columns.width; k++) {
          sum += columns.weights[x * columns.width + k] * pixels[start + k * channels + channel];
        }
        narrow[target + x * channels + channel] = sum;
      }
    }
  }
  const out = new Uint8Array(side * line);
  for (let y = 0; y < side; y++) {
    const start = (rows.starts[y] - firstRow) * line;
    for (let at = 0; at < line; at++) {
      let sum = 0;
      for (let k = 0; k < rows.width; k++) {
        sum += rows.weights[y * rows.width + k] * narrow[start + k * line + at];
      }
      out[y * line + at] = Math.min(255, Math.floor(sum + 0.5));
    }
  }
  return { height: side, width: side, channels, pixels: out };
}

/** Windows of a triangle filter over `length` pixels, `side` of them around the middle. */
function triangleWindows(length: number, side: number, scale: number): Windows {
  const radius = Math.max(1, scale);
  const width = Math.min(length, 2 * Math.ceil(radius) + 1);
  const starts = new Int32Array(side);
  const weights = new Float32Array(side * width);
  const cropped = (length - side * scale) / 2;
  for (let place = 0; place < side; place++) {
    const center = cropped + (place + 0.5) * scale;
    const first = Math.ceil(center - radius - 0.5);
    const start = Math.max(0, Math.min(length - width, first));
    starts[place] = start;
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const weight = Math.max(0, 1 - Math.abs(start + k + 0.5 - center) / radius);
      weights[place * width + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < width; k++) weights[place * width + k] /= sum;
  }
  return { starts, weights, width };
}

/**
 * An image with another number of channels: grayscale three times, or the luma of colors.
 *
 * @param channels 1 or 3.
 * @see ITU-R BT.601, the weights of red, green and blue
 */
export function withChannels(image: Image, channels: 1 | 3): Image {
  const { height, width, pixels } = image;
  if (image.channels === channels) return image;
  const count = height * width;
  const out = new Uint8Array(count * channels);
  for (let at = 0; at < count; at++) {
    if (channels === 3) out.fill(pixels[at], 3 * at, 3 * at + 3);
    else {
      const [red, green, blue] = [pixels[3 * at], pixels[3 * at + 1], pixels[3 * at + 2]];
      out[at] = Math.floor(0.299 * red + 0.587 * green + 0.114 * blue + 0.5);
    }
  }
  return { height, width, channels, pixels: out };
}

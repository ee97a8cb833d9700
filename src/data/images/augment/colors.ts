/**
 * Changes of the colors of images: brightness, contrast, and what becomes of each gray level.
 *
 * @module
 */

import type { ImageSize } from "../image_split.ts";

/** What becomes of the 256 values of a channel. */
type Table = Uint8Array;

const table: Table = new Uint8Array(256);
const counts = new Int32Array(256);

/** Multiplies every value: 0 is black, 1 the image itself. */
export function changeBrightness(pixels: Uint8Array, factor: number): void {
  fillTable((value) => factor * value);
  replace(pixels, 0, 1);
}

/** Moves every value away from the mean gray of the image, or towards it: 0 is all gray, 1 the image itself. */
export function changeContrast(pixels: Uint8Array, { channels }: ImageSize, factor: number): void {
  const mean = meanLuma(pixels, channels);
  fillTable((value) => mean + factor * (value - mean));
  replace(pixels, 0, 1);
}

/** Moves colors away from the gray of their pixel, or towards it: 0 is without color, 1 the image itself. */
export function changeSaturation(
  pixels: Uint8Array,
  { channels }: ImageSize,
  factor: number,
): void {
  if (channels === 1) return;
  for (let at = 0; at < pixels.length; at += 3) {
    const gray = luma(pixels, at);
    for (let channel = at; channel < at + 3; channel++) {
      pixels[channel] = clamped(gray + factor * (pixels[channel] - gray));
    }
  }
}

/**
 * Moves every value away from the mean of its neighborhood, or towards it: 0 is blurred, 1 the image itself. Pixels at
 * the edge stay.
 *
 * @param scratch As many bytes.
 */
export function changeSharpness(
  pixels: Uint8Array,
  { height, width, channels }: ImageSize,
  factor: number,
  scratch: Uint8Array,
): void {
  scratch.set(pixels);
  const line = width * channels;
  for (let row = 1; row < height - 1; row++) {
    const end = (row + 1) * line - channels;
    for (let at = row * line + channels; at < end; at++) {
      const [up, down] = [at - line, at + line];
      const around = scratch[up - channels] + scratch[up] + scratch[up + channels] +
        scratch[at - channels] + scratch[at + channels] +
        scratch[down - channels] + scratch[down] + scratch[down + channels];
      const smooth = (around + 5 * scratch[at]) / 13;
      pixels[at] = clamped(smooth + factor * (scratch[at] - smooth));
    }
  }
}

/** Keeps the upper bits of every value, 1 to 8. */
export function posterize(pixels: Uint8Array, bits: number): void {
  const mask = 0xff << 8 - bits & 0xff;
  for (let at = 0; at < pixels.length; at++) pixels[at] &= mask;
}

/** Inverts the values from a threshold on. */
export function solarize(pixels: Uint8Array, threshold: number): void {
  fillTable((value) => value >= threshold ? 255 - value : value);
  replace(pixels, 0, 1);
}

/** Stretches the values of each channel, so that they reach from black to white. */
export function stretchContrast(pixels: Uint8Array, { channels }: ImageSize): void {
  for (let channel = 0; channel < channels; channel++) {
    let [lowest, highest] = [255, 0];
    for (let at = channel; at < pixels.length; at += channels) {
      if (pixels[at] < lowest) lowest = pixels[at];
      if (pixels[at] > highest) highest = pixels[at];
    }
    if (highest <= lowest) continue;
    const scale = 255 / (highest - lowest);
    fillTable((value) => (value - lowest) * scale);
    replace(pixels, channel, channels);
  }
}

/** Makes all values of each channel about as frequent. */
export function equalize(pixels: Uint8Array, { channels }: ImageSize): void {
  for (let channel = 0; channel < channels; channel++) {
    counts.fill(0);
    for (let at = channel; at < pixels.length; at += channels) counts[pixels[at]]++;
    const last = counts.findLast((count) => count > 0) ?? 0;
    const step = Math.floor((pixels.length / channels - last) / 255);
    if (step === 0) continue;
    let sum = step >> 1;
    fillTable((value) => {
      const level = Math.floor(sum / step);
      sum += counts[value];
      return level;
    });
    replace(pixels, channel, channels);
  }
}

function fillTable(change: (value: number) => number): void {
  for (let value = 0; value < 256; value++) table[value] = clamped(change(value));
}

/** Looks every `step`-th value up in the table. */
function replace(pixels: Uint8Array, first: number, step: number): void {
  for (let at = first; at < pixels.length; at += step) pixels[at] = table[pixels[at]];
}

function meanLuma(pixels: Uint8Array, channels: number): number {
  let sum = 0;
  if (channels === 1) { for (let at = 0; at < pixels.length; at++) sum += pixels[at]; }
  else for (let at = 0; at < pixels.length; at += 3) sum += luma(pixels, at);
  return sum * channels / pixels.length;
}

/** @see ITU-R BT.601 */
function luma(pixels: Uint8Array, at: number): number {
  return 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
}

/** The nearest value there is. */
function clamped(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value + 0.5);
}

/**
 * Pixels of red, green, blue and opacity, as most decoders give them.
 *
 * @module
 */

import type { Image } from "./resize.ts";

/** A picture of a decoder. */
export interface ColorPixels {
  readonly width: number;
  readonly height: number;
  /** Four bytes per pixel. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** The picture over white, in color or, if all three are the same, in gray. */
export function withoutOpacity({ width, height, data }: ColorPixels, channels: 1 | 3): Image {
  const pixels = new Uint8Array(width * height * channels);
  for (let at = 0, to = 0; at < data.length; at += 4) {
    const opacity = data[at + 3];
    for (let channel = 0; channel < channels; channel++) {
      pixels[to++] = overWhite(data[at + channel], opacity);
    }
  }
  return { width, height, channels, pixels };
}

/** A value as it is seen over white. */
export function overWhite(value: number, opacity: number): number {
  return opacity === 255 ? value : Math.floor(255 + opacity / 255 * (value - 255) + 0.5);
}

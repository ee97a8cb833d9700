/**
 * Pictures made pixel by pixel.
 *
 * @module
 */
import { importPackage } from "../../data/download/npm_package.ts";

/** A picture in color. */
export interface Raster {
  /** Rows. */
  readonly height: number;
  /** Pixels of a row. */
  readonly width: number;
  /** (height, width, 3) bytes. */
  readonly pixels: Uint8Array;
}

/** Red, green and blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** Colors that a scale goes through, evenly spaced. */
export type ColorScale = readonly Color[];

/** From nothing to all: dark to bright, also without color. */
export const HEAT: ColorScale = [
  [0, 0, 4],
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
];

/** From one extreme over nothing, which is white, to the other. */
export const OPPOSITES: ColorScale = [[213, 94, 0], [255, 255, 255], [0, 114, 178]];

/**
 * The color of a value.
 *
 * @param value From 0, the first color, to 1, the last one.
 */
export function colorAt(scale: ColorScale, value: number): Color {
  const place = Math.max(0, Math.min(1, value)) * (scale.length - 1);
  const below = Math.min(scale.length - 2, Math.floor(place));
  const share = place - below;
  const [red, green, blue] = scale[below].map((from, channel) =>
    Math.round(from + share * (scale[below + 1][channel] - from))
  );
  return [red, green, blue];
}

/**
 * A picture of numbers.
 *
 * @param values Row by row.
 * @param width Values of a row.
 * @param color The color of each.
 */
export function rasterOf(
  values: ArrayLike<number>,
  width: number,
  color: (value: number) => Color,
): Raster {
  const pixels = new Uint8Array(3 * values.length);
  for (let at = 0; at < values.length; at++) pixels.set(color(values[at]), 3 * at);
  return { height: values.length / width, width, pixels };
}

/** A picture whose pixels are squares of so many pixels. */
export function enlarged({ height, width, pixels }: Raster, zoom: number): Raster {
  const out = new Uint8Array(3 * height * zoom * width * zoom);
  for (let row = 0, to = 0; row < height * zoom; row++) {
    const start = Math.floor(row / zoom) * width;
    for (let column = 0; column < width * zoom; column++, to += 3) {
      const from = 3 * (start + Math.floor(column / zoom));
      out[to] = pixels[from];
      out[to + 1] = pixels[from + 1];
      out[to + 2] = pixels[from + 2];
    }
  }
  return { height: height * zoom, width: width * zoom, pixels: out };
}

/**
 * Lays colors over the gray form of a picture.
 *
 * @param color The color of a pixel, by its place from 0 to 1.
 * @param opacity How much of them is seen, 0 to 1.
 */
export function laidOver(
  { height, width, pixels }: Raster,
  color: (y: number, x: number) => Color,
  opacity: number,
): Raster {
  const out = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += 3) {
    const [row, column] = [Math.floor(at / 3 / width), at / 3 % width];
    const gray = 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
    const over = color((row + 0.5) / height, (column + 0.5) / width);
    for (let channel = 0; channel < 3; channel++) {
      out[at + channel] = Math.round((1 - opacity) * gray + opacity * over[channel]);
    }
  }
  return { height, width, pixels: out };
}

const pngPackage = "fast-png@8.0.0";

/**
 * A picture as the address of a PNG file that is all in it.
 *
 * @throws {WorkError} If the library that encodes it cannot be loaded.
 */
export async function pngAddress({ height, width, pixels }: Raster): Promise<string> {
  const { encode } = await importPackage<{ encode(image: unknown): Uint8Array }>(pngPackage);
  const png = encode({ width, height, data: pixels, channels: 3, depth: 8 });
  return `data:image/png;base64,${png.toBase64()}`;
}

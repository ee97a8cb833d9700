/**
 * How wide a text is, where there is no browser to ask.
 *
 * @module
 */

/** Advance widths of Helvetica, and so of Arial and Arimo, in thousandths of the size, from U+0020 to U+007E. */
const ADVANCES = [
  ...[278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278], // space to /
  ...[556, 556, 556, 556, 556, 556, 556, 556, 556, 556], // digits
  ...[278, 278, 584, 584, 584, 556, 1015], // : to @
  ...[667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833], // A to M
  ...[722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611], // N to Z
  ...[278, 278, 278, 469, 556, 333], // [ to `
  ...[556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833], // a to m
  ...[556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500], // n to z
  ...[334, 260, 334, 584], // { to ~
];

const OTHER_ADVANCE = 600;

/** The fonts that have these widths, and whatever there is. */
export const FONT_FAMILY = "Arial, Helvetica, Arimo, Liberation Sans, sans-serif";

/** Width of a line of text in a font of {@link FONT_FAMILY}, in units of `size`. */
export function textWidth(text: string, size: number, bold: boolean): number {
  let thousandths = 0;
  for (const character of text) {
    thousandths += ADVANCES[character.codePointAt(0)! - 0x20] ?? OTHER_ADVANCE;
  }
  return thousandths / 1000 * size * (bold ? 1.06 : 1);
}

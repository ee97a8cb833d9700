/**
 * The four kinds of characters that the split into pre-tokens tells apart.
 *
 * @module
 */

/** `\p{L}` */
const LETTER = 0;
/** `\p{N}` */
export const NUMBER = 1;
/** `\p{White_Space}`, which `\s` of regular expressions means everywhere but in JavaScript. */
export const SPACE = 2;
/** Everything else, marks and unassigned code points too. */
export const OTHER = 3;

/** Classes of 256 code points each, made when one of them is met. */
const pages: (Uint8Array | undefined)[] = [];

/**
 * The class of a character.
 *
 * @param codePoint Its code point, 0 to 0x10FFFF.
 * @returns {@linkcode LETTER}, {@linkcode NUMBER}, {@linkcode SPACE} or {@linkcode OTHER}.
 */
export function characterClass(codePoint: number): number {
  const page = pages[codePoint >> 8] ??= makePage(codePoint >> 8);
  return page[codePoint & 0xff];
}

function makePage(page: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, low) => {
    const character = String.fromCodePoint(page << 8 | low);
    if (/^\p{L}/u.test(character)) return LETTER;
    if (/^\p{N}/u.test(character)) return NUMBER;
    return /^\p{White_Space}/u.test(character) ? SPACE : OTHER;
  });
}

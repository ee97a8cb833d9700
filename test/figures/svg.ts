/**
 * What tests ask of an SVG document.
 *
 * @module
 */
import assert from "node:assert/strict";

/** Asserts that every tag is closed, in the right order, and that nothing outside is referred to. */
export function assertStandsAlone(svg: string): void {
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  const open: string[] = [];
  for (const [, closing, name, empty] of svg.matchAll(/<(\/?)([a-zA-Z]+)[^<>]*?(\/?)>/g)) {
    if (closing) assert.equal(open.pop(), name);
    else if (!empty) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(
    svg.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, ""),
    /https?:|href="(?!#|data:image\/png;)|@import/,
  );
  for (const [, id] of svg.matchAll(/url\(#([^)]+)\)/g)) assert.ok(svg.includes(`id="${id}"`), id);
}

/** The texts in a drawing, without title and description of the whole. */
export function textsOf(svg: string): string[] {
  return Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text]) => text);
}

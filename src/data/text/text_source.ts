/**
 * What a text to train on is, wherever it comes from.
 *
 * @module
 */

/** How a text is loaded. */
export interface TextOptions {
  /** Folder where downloads are kept; by default the user's cache, see `cacheDirectory`. */
  readonly cacheDir?: string;
  /** Receives each thing worth telling the user, as one line. */
  readonly onNotice?: (line: string) => void;
  /** Gives up a download; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Where to download from instead of the usual place. */
  readonly url?: string;
  /** How long a server may stay silent before the download is given up, in milliseconds. */
  readonly patienceMs?: number;
  /** Which column of rows is the text; by default `text`, else the only column of strings. */
  readonly textColumn?: string;
}

/** A text and where it is from. */
export interface LoadedText {
  /** What it was asked for as. */
  readonly name: string;
  /** A name that always means exactly this text: `shakespeare:tiny`, or an absolute path. */
  readonly canonicalName: string;
  /** All of it, but what is held out. */
  readonly text: string;
  /** The validation split, where the data set has one of its own. */
  readonly heldOut?: string;
  /** Where it is from, for people. */
  readonly source: string;
  /** The terms it may be used under. */
  readonly license: string;
  /** SHA-256 of the text as UTF-8, and of what is held out behind it, in hexadecimal digits. */
  readonly sha256: string;
}

/** A text data set that has a name. */
export interface TextDataset {
  /** What `--data` calls it. */
  readonly name: string;
  /** Names of its variants, each asked for as `name:variant`. */
  readonly variants: readonly string[];
  /** What it is, in one line. */
  readonly summary: string;
  /** The terms it may be used under. */
  readonly license: string;
  /**
   * Loads it.
   *
   * @param variant One of `variants`, or `undefined` for the first that can be had.
   * @throws {WorkError} If no source of it can be reached, or what came is damaged.
   */
  load(variant: string | undefined, options: TextOptions): Promise<LoadedText>;
}

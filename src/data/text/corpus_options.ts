/**
 * What becomes of a data set before it is tokenized, as options.
 *
 * @module
 */
import { type CleaningOptions, noCleaning } from "./cleaning.ts";

/** What becomes of a data set before it is tokenized. */
export interface CorpusOptions extends CleaningOptions {
  /** Which column of rows is the text; null: `text`, else the only column of strings. */
  readonly textColumn: string | null;
  /** How many rows of each split are used, the first ones; null: all. */
  readonly rows: number | null;
  /** Whether rows are the lines of one running text; else each is a document. */
  readonly joinRows: boolean;
  /** Which rows are held out where the data set does not say it. */
  readonly splitSeed: number;
}

/** Everything as it is. */
export const defaultCorpusOptions: CorpusOptions = {
  textColumn: null,
  rows: null,
  joinRows: false,
  splitSeed: 0,
  ...noCleaning,
};

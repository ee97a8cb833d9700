/**
 * A data set that is ready to be read, whatever it is: of the hub, on disk, or one that has a name.
 *
 * `openDataset` gives one. Its identity is `canonicalName` with the `digest()` of each file: they tell
 * whether what was made of it is still good, before anything is downloaded. `planSplits` says what its
 * splits are used for. A split gives its `texts()`, or any columns by `rows()`; the files of a split
 * are downloaded and verified when the first of them is read. With `unverified: true` parts of files
 * are read over the network instead, for a look at the first rows.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import type { DatasetSplit } from "./dataset_split.ts";

/** A data set that is ready to be read. Nothing of its data is downloaded before it is read. */
export interface OpenedDataset {
  /** What it was asked for as. */
  readonly name: string;
  /** A name that always means exactly this data: with the commit, the variant or the whole path. */
  readonly canonicalName: string;
  /** Where it is from, for people. */
  readonly source: string;
  /** The commit it is read at; undefined if it is not of the hub. */
  readonly revision: string | undefined;
  /** The terms it may be used under. */
  readonly license: string;
  /** Whether all data is verified before it is read. */
  readonly isVerified: boolean;
  /** Names of the classes by column, as far as the data set says. */
  readonly classes?: ReadonlyMap<string, readonly string[]>;
  /** Its splits, training first; a single one called `all` where it has none of its own. */
  readonly splits: readonly DatasetSplit[];
}

/**
 * The split of a name.
 *
 * @throws {InputError} If there is none of that name; the message lists those there are.
 */
export function chooseSplit(dataset: OpenedDataset, name: string): DatasetSplit {
  const found = dataset.splits.find((split) => split.name === name);
  if (found !== undefined) return found;
  const names = dataset.splits.map(({ name }) => name);
  const nearest = nearestName(name, names);
  throw new InputError(
    `Cannot use the split ${name} of ${dataset.name}: there is none of that name, ` +
      (nearest === undefined ? "" : `did you mean ${nearest}? `) + `It has ${names.join(", ")}`,
  );
}

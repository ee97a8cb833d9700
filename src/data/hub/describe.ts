/**
 * What a data set of the hub is, without downloading it.
 *
 * @module
 */

import { WorkError } from "../../errors.ts";
import type { DatasetSplit } from "../text/dataset_split.ts";
import type { Column } from "../rows/table.ts";
import { chooseConfiguration, type HubConfiguration } from "./configurations.ts";
import { missingFiles } from "./download.ts";
import { findHubDataset, type HubDataset, openHubSplit } from "./hub_dataset.ts";
import type { HubOptions } from "./options.ts";

/** What a data set is, with the names that `info --json` prints. */
export interface DescribedHubDataset {
  /** What it was asked for as. */
  readonly name: string;
  /** The commit of its files. */
  readonly revision: string;
  /** The terms it may be used under. */
  readonly license: string;
  /** All of them. */
  readonly configurations: readonly { readonly name: string; readonly is_default: boolean }[];
  /** The one whose columns and splits follow; null where one of several has to be named first. */
  readonly configuration: string | null;
  /** Its columns; undefined where they could not be read, none of running text. */
  readonly columns?: readonly Column[];
  /** Its splits. */
  readonly splits: readonly DescribedSplit[];
}

/** What a split is. */
export interface DescribedSplit {
  /** Its name. */
  readonly name: string;
  /** How many rows it has; null where only reading all of it would tell. */
  readonly rows: number | null;
  /** Size of its files. */
  readonly bytes: number;
  /** How many files it has. */
  readonly files: number;
  /** How many of them are in the cache. */
  readonly cached_files: number;
}

/** The rows of more files are not worth as many requests. */
const mostFootersRead = 16;

/**
 * Describes a data set. Of its files no more than a few parts are read, over the network where they
 * are not in the cache.
 *
 * @param spec `hf:OWNER/NAME`, with a configuration and a revision if need be.
 * @param options How the hub is used.
 * @throws {InputError} If there is no such data set, configuration or revision, or it may not be read.
 * @throws {WorkError} If the hub cannot be asked and the cache does not know.
 */
export async function describeHubDataset(
  spec: string,
  options: HubOptions = {},
): Promise<DescribedHubDataset> {
  const dataset = await findHubDataset(spec, options);
  const { access, commit, card, configurations } = dataset;
  const { repository, configuration: asked } = access.reference;
  const about = {
    name: spec,
    revision: commit,
    license: card.license,
    configurations: configurations.map(({ name, isDefault }) => ({ name, is_default: isDefault })),
  };
  const isOpen = asked === undefined && configurations.length > 1 &&
    configurations.every(({ isDefault }) => !isDefault);
  if (isOpen) return { ...about, configuration: null, splits: [] };
  const chosen = chooseConfiguration(configurations, asked, `hf:${repository}`);
  const splits = chosen.splits.map((split) =>
    openHubSplit(access, commit, `hf:${repository}/${chosen.name}`, split, true)
  );
  return {
    ...about,
    configuration: chosen.name,
    columns: await ifReachable(() => splits[0].columns(), access.notice.bind(access)),
    splits: await Promise.all(
      splits.map((split, at) => describeSplit(dataset, chosen, split, chosen.splits[at])),
    ),
  };
}

async function describeSplit(
  { access, commit, card }: HubDataset,
  { name: configuration }: HubConfiguration,
  split: DatasetSplit,
  { files }: HubConfiguration["splits"][number],
): Promise<DescribedSplit> {
  const missing = await missingFiles(access, commit, files);
  const stated = card.rows.get(configuration)?.get(split.name);
  const counted = files.length > mostFootersRead
    ? undefined
    : await ifReachable(() => split.rowCount(), () => {});
  return {
    name: split.name,
    rows: counted ?? stated ?? null,
    bytes: split.bytes,
    files: files.length,
    cached_files: files.length - missing.length,
  };
}

/** Without a network there is less to say, but what the cache knows can be said. */
async function ifReachable<T>(
  work: () => Promise<T>,
  onFailure: (why: string) => void,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    onFailure(error.message);
    return undefined;
  }
}

/**
 * Which files the configurations and splits of a data set are made of.
 *
 * @module
 */

import { matchesGlob } from "../../host/paths.ts";
import { InputError } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import { type DataFormat, formatOf } from "../rows/data_format.ts";
import { orderedSplits, type SplitFiles, splitFiles } from "../splits/split_files.ts";
import type { CardConfiguration, DatasetCard } from "./card.ts";
import type { HubFile } from "./hub_file.ts";

/** A configuration of a data set. */
export interface HubConfiguration {
  /** Its name. */
  readonly name: string;
  /** Whether it is what is meant where none is named. */
  readonly isDefault: boolean;
  /** Its splits, training first. */
  readonly splits: readonly SplitFiles<HubFile>[];
}

/**
 * The configurations of a repository: as its card says, else one that its file names tell.
 *
 * @param files Every file of the commit.
 * @param card What the card says.
 * @returns Those that can be read, and none if none can.
 */
export function configurationsOf(
  files: readonly HubFile[],
  card: DatasetCard,
): HubConfiguration[] {
  const named: readonly CardConfiguration[] = card.configurations.length > 0
    ? card.configurations
    : [{ name: "default", isDefault: true, folder: "", patterns: undefined }];
  return named.flatMap(({ name, isDefault, folder, patterns }) => {
    const splits = patterns === undefined ? splitFiles(dataFiles(files, folder)) : orderedSplits(
      new Map([...patterns].map(([split, globs]) => [split, matching(files, globs)] as const)),
    ).filter(({ files }) => files.length > 0);
    const readable = splits.length > 0 &&
      splits.every(({ files }) => files.every(({ path }) => formatOf(path) !== undefined));
    return readable ? [{ name, isDefault: isDefault || name === "default", splits }] : [];
  });
}

/**
 * The configurations of the branch where the hub keeps every data set as parquet files, at
 * `CONFIG/SPLIT/0000.parquet`. Of a large data set it may hold only the beginning of a split, at
 * `CONFIG/partial-SPLIT/0000.parquet`.
 *
 * @param files Every file of that branch.
 */
export function convertedConfigurations(files: readonly HubFile[]): HubConfiguration[] {
  const configurations = new Map<string, Map<string, HubFile[]>>();
  for (const file of files) {
    const [, name, split] = /^([^/]+)\/(?:partial-)?([^/]+)\/\d+\.parquet$/.exec(file.path) ?? [];
    if (name === undefined) continue;
    const splits = configurations.get(name) ?? new Map<string, HubFile[]>();
    splits.set(split, [...splits.get(split) ?? [], file]);
    configurations.set(name, splits);
  }
  return [...configurations].map(([name, splits]) => ({
    name,
    isDefault: name === "default",
    splits: orderedSplits(splits),
  }));
}

/** Whether the files are those of the conversion branch. */
export function isConversion(files: readonly HubFile[]): boolean {
  const data = files.filter(({ path }) => !path.startsWith("."));
  return data.length > 0 && data.every(({ path }) => /^[^/]+\/[^/]+\/\d+\.parquet$/.test(path));
}

/**
 * The configuration that was asked for, else the default one, else the only one.
 *
 * @throws {InputError} If there is no such configuration, or several and no default.
 */
export function chooseConfiguration(
  configurations: readonly HubConfiguration[],
  asked: string | undefined,
  dataset: string,
): HubConfiguration {
  const names = configurations.map(({ name }) => name);
  const listed = names.length > longestList
    ? `${names.slice(0, longestList).join(", ")} and ${names.length - longestList} more`
    : names.join(", ");
  if (asked === undefined) {
    if (configurations.length === 1) return configurations[0];
    const chosen = configurations.find(({ isDefault }) => isDefault);
    if (chosen !== undefined) return chosen;
    throw new InputError(
      `Cannot use ${dataset}: it has several configurations, name one as ${dataset}/${names[0]}; ` +
        `it has ${listed}`,
    );
  }
  const found = configurations.find(({ name }) => name === asked);
  if (found !== undefined) return found;
  const nearest = nearestName(asked, names);
  throw new InputError(
    `Cannot use the configuration ${asked} of ${dataset}: there is none of that name, ` +
      (nearest === undefined ? "" : `did you mean ${nearest}? `) + `It has ${listed}`,
  );
}

const longestList = 30;

/** Rather tables than text where there are as many of both. */
const preferred: readonly DataFormat[] = ["parquet", "jsonl", "csv", "tsv", "text"];

/** The files under a folder that hold data, all of the most frequent format. */
function dataFiles(files: readonly HubFile[], folder: string): HubFile[] {
  const candidates = files.filter(({ path }) =>
    (folder === "" || path.startsWith(`${folder}/`)) && !isAboutData(path)
  );
  const withFormat = (format: DataFormat) =>
    candidates.filter(({ path }) => formatOf(path)?.format === format);
  return preferred.map(withFormat).reduce((most, some) => some.length > most.length ? some : most);
}

/** Whether a file is about the data, or about the repository. */
function isAboutData(path: string): boolean {
  return /(^|\/)[._]/.test(path) ||
    /(^|\/)(readme|license|licence|requirements|dataset_infos?|metadata|citation)\b[^/]*$/i
      .test(path) ||
    /\.(md|markdown)$/i.test(path);
}

function matching(files: readonly HubFile[], globs: readonly string[]): HubFile[] {
  return files.filter(({ path }) => globs.some((glob) => path === glob || matchesGlob(path, glob)));
}

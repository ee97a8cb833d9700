/**
 * Data sets of the Hugging Face hub.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { DatasetSplit, type SplitPart } from "../text/dataset_split.ts";
import type { OpenedDataset } from "../text/text_dataset.ts";
import { fileSource } from "../../files/file_source.ts";
import { type FileFormat, formatOf, readableFormats } from "../rows/data_format.ts";
import { HubAccess } from "./access.ts";
import { type DatasetCard, readCard } from "./card.ts";
import {
  chooseConfiguration,
  configurationsOf,
  convertedConfigurations,
  type HubConfiguration,
  isConversion,
} from "./configurations.ts";
import { downloadFiles } from "./download.ts";
import { digestOf, type HubFile } from "./hub_file.ts";
import { listFiles } from "./listing.ts";
import type { HubOptions, OpenHubOptions } from "./options.ts";
import { parseHubReference } from "./reference.ts";
import { remoteSource } from "./remote_source.ts";
import { resolveCommit } from "./revision.ts";
import { HubResponseError } from "./response_error.ts";

/** What the hub knows about a data set. */
export interface HubDataset {
  /** The way to it. */
  readonly access: HubAccess;
  /** The commit of the files. */
  readonly commit: string;
  /** What its card says. */
  readonly card: DatasetCard;
  /** All configurations that can be read, at least one. */
  readonly configurations: readonly HubConfiguration[];
}

/** Where the hub keeps every data set as parquet files, whatever its own files are. */
const conversionBranch = "refs/convert/parquet";

/**
 * Finds a data set and what it is made of, without downloading any of its data.
 *
 * @param spec `hf:OWNER/NAME`, with a configuration and a revision if need be.
 * @param options How the hub is used.
 * @throws {InputError} If there is no such data set or revision, it may not be read, or it has no
 * file that can be.
 * @throws {WorkError} If the hub cannot be asked and the cache does not know.
 */
export async function findHubDataset(spec: string, options: HubOptions = {}): Promise<HubDataset> {
  const reference = parseHubReference(spec);
  const access = new HubAccess(reference, options);
  const commit = await resolveCommit(access, reference.revision ?? "main");
  const files = await listFiles(access, commit);
  const card = await readCard(access, commit, files);
  if (isConversion(files)) {
    return { access, commit, card, configurations: convertedConfigurations(files) };
  }
  const configurations = configurationsOf(files, card);
  const asked = reference.configuration;
  const isKnown = asked === undefined || card.configurations.length > 0 ||
    configurations.some(({ name }) => name === asked);
  if (configurations.length > 0 && isKnown) return { access, commit, card, configurations };

  // The conversion follows the main branch only.
  const converted = reference.revision === undefined ? await findConversion(access) : undefined;
  if (converted !== undefined) return { access, card, ...converted };
  if (configurations.length > 0) return { access, commit, card, configurations };
  throw new InputError(
    `Cannot use ${access.name}: none of its files can be read, and the hub has no parquet ` +
      `conversion of it; ${readableFormats} are accepted, it has ${kindsOf(files)}`,
  );
}

async function findConversion(
  access: HubAccess,
): Promise<Pick<HubDataset, "commit" | "configurations"> | undefined> {
  try {
    const commit = await resolveCommit(access, conversionBranch);
    const files = await listFiles(access, commit);
    const configurations = convertedConfigurations(files);
    if (files.some(({ path }) => path.includes("/partial-"))) {
      access.notice(`The hub's parquet conversion of ${access.name} holds only its beginning`);
    }
    return configurations.length > 0 ? { commit, configurations } : undefined;
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    if (cause instanceof HubResponseError && cause.status === 404) return undefined;
    throw error;
  }
}

function kindsOf(files: readonly HubFile[]): string {
  const kinds = new Set(files.map(({ path }) => /(\.[^./]+)*$/.exec(path.slice(1))?.[0] || path));
  return [...kinds].slice(0, 8).join(", ") || "no file at all";
}

/**
 * Opens a data set of the hub. A file is downloaded when it is read for the first time, whole and
 * verified.
 *
 * @param spec `hf:OWNER/NAME`, with a configuration and a revision if need be.
 * @param options How the hub is used.
 * @throws {InputError} If there is no such data set, configuration or revision, it may not be read, or
 * it has no file that can be.
 * @throws {WorkError} If the hub cannot be asked and the cache does not know.
 */
export async function openHubDataset(
  spec: string,
  options: OpenHubOptions = {},
): Promise<OpenedDataset> {
  const { access, commit, card, configurations } = await findHubDataset(spec, options);
  const { repository, configuration: asked } = access.reference;
  const configuration = chooseConfiguration(configurations, asked, `hf:${repository}`);
  const name = `hf:${repository}/${configuration.name}`;
  return {
    name: spec,
    canonicalName: `${name}@${commit}`,
    source: `${name} at commit ${commit.slice(0, 7)}`,
    revision: commit,
    license: card.license,
    isVerified: options.unverified !== true,
    classes: card.classes.get(configuration.name),
    splits: configuration.splits.map((split) =>
      openHubSplit(access, commit, name, split, options.unverified === true)
    ),
  };
}

/**
 * A split whose files are all downloaded when the first of them is read.
 *
 * @param access The data set.
 * @param commit The commit.
 * @param source What the data is called in a message.
 * @param split Its name and files.
 * @param unverified Whether files are not downloaded, see {@link OpenHubOptions}.
 */
export function openHubSplit(
  access: HubAccess,
  commit: string,
  source: string,
  { name, files }: HubConfiguration["splits"][number],
  unverified: boolean,
): DatasetSplit {
  let paths: Promise<string[]> | undefined;
  const download = async () => {
    try {
      return await (paths ??= downloadFiles(access, commit, files));
    } catch (error) {
      paths = undefined;
      throw error;
    }
  };
  const parts = files.map((file, index): SplitPart => ({
    file: { path: file.path, bytes: file.bytes, digest: () => Promise.resolve(digestOf(file)) },
    format: knownFormat(file.path),
    open: async () => {
      const place = unverified
        ? await access.cache.seemingPlace(commit, file)
        : (await download())[index];
      return place === undefined
        ? remoteSource(access, commit, file)
        : await fileSource(place, `${file.path} of ${source}`);
    },
  }));
  return new DatasetSplit(name, source, parts);
}

function knownFormat(path: string): FileFormat {
  const format = formatOf(path);
  if (format === undefined) throw new TypeError(`${path} is no data file`);
  return format;
}

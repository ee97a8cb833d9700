/**
 * Everything that `--data` can name. A new data set is one file and one line in the list.
 *
 * @module
 */

import { isMissing } from "../host/file_failures.ts";
import { resolve } from "../host/paths.ts";
import { InputError } from "../errors.ts";
import { nearestName } from "../nearest_name.ts";
import { DatasetSplit, type SplitPart } from "./text/dataset_split.ts";
import { gutenberg } from "./text/gutenberg.ts";
import type { OpenHubOptions } from "./hub/options.ts";
import { isHubReference } from "./hub/reference.ts";
import type { OpenedDataset } from "./text/text_dataset.ts";
import { memorySource } from "../files/byte_source.ts";
import { shakespeare } from "./text/shakespeare.ts";
import { wholeSplit } from "./splits/split_plan.ts";
import type { LoadedText, TextDataset, TextOptions } from "./text/text_source.ts";
import { wholeText } from "./text/whole_text.ts";

/** The text data sets that have a name. */
export const textDatasets: readonly TextDataset[] = [
  shakespeare,
  gutenberg,
];

/** How a data set is opened. */
export interface DatasetOptions extends TextOptions, OpenHubOptions {}

/**
 * Loads the text that `--data` names, all of it into memory.
 *
 * @param spec A data set's name, `name:variant`, `hf:OWNER/NAME[/CONFIG][@REVISION]`, or the path of a
 * file or a folder of them: UTF-8 text, or rows with a column of text. Names win over paths: a file
 * called `gutenberg` is `./gutenberg`.
 * @param options Where to keep downloads, and where to tell what happens.
 * @returns The text. Its `canonicalName`, given as `spec`, loads exactly this text again.
 * @throws {InputError} If there is no such data set, variant, file or folder, or it is not text.
 * @throws {WorkError} If a data set can neither be downloaded nor taken from the cache.
 *
 * @example
 * ```ts ignore
 * import { loadTextDataset } from "./datasets.ts";
 *
 * const { text } = await loadTextDataset("shakespeare", { onNotice: console.error });
 * console.log(text.slice(0, 100));
 * ```
 */
export async function loadTextDataset(
  spec: string,
  options: DatasetOptions = {},
): Promise<LoadedText> {
  return await loadNamedText(spec, options) ??
    await wholeText(await openOther(spec, options), options);
}

/**
 * Opens the data set that `--data` names, to read it piece by piece.
 *
 * @param spec As for {@link loadTextDataset}.
 * @param options Where to keep downloads, and where to tell what happens.
 * @throws {InputError} If there is no such data set, variant, configuration, file or folder.
 * @throws {WorkError} If a data set can neither be found on the hub nor in the cache.
 *
 * @example
 * ```ts ignore
 * import { chooseSplit, openDataset } from "./src/faces/data.ts";
 *
 * const dataset = await openDataset("hf:Salesforce/wikitext/wikitext-2-v1");
 * console.log(dataset.canonicalName, dataset.license);
 * for await (const text of chooseSplit(dataset, "test").texts()) console.log(text);
 * ```
 */
export async function openDataset(
  spec: string,
  options: DatasetOptions = {},
): Promise<OpenedDataset> {
  const loaded = await loadNamedText(spec, options);
  return loaded === undefined ? await openOther(spec, options) : openLoadedText(loaded);
}

async function loadNamedText(
  spec: string,
  options: DatasetOptions,
): Promise<LoadedText | undefined> {
  const [name, variant] = splitOnce(spec, ":");
  const dataset = textDatasets.find((candidate) => candidate.name === name);
  if (dataset === undefined) return undefined;
  if (variant !== undefined && !dataset.variants.includes(variant)) {
    const names = [name, ...dataset.variants.map((known) => `${name}:${known}`)];
    throw new InputError(
      `Cannot use the data ${spec}: ${name} has no such variant, accepted: ${names.join(", ")}`,
    );
  }
  if (options.textColumn !== undefined) {
    throw new InputError(
      `Cannot use the text column ${options.textColumn} of ${spec}: it is running text, without columns`,
    );
  }
  options.signal?.throwIfAborted();
  return { ...await dataset.load(variant, options), name: spec };
}

/** A data set of the hub or on disk. */
async function openOther(spec: string, options: DatasetOptions): Promise<OpenedDataset> {
  if (spec === "") throw new InputError(`Cannot use the data "": the name is empty, ${accepted()}`);
  // Each is loaded with what it reads, by whoever opens one.
  if (isHubReference(spec)) {
    const { openHubDataset } = await import("./hub/hub_dataset.ts");
    return await openHubDataset(spec, options);
  }
  const { openLocalDataset } = await import("./text/local_dataset.ts");
  try {
    return { ...await openLocalDataset(resolve(spec), options.onNotice), name: spec };
  } catch (error) {
    const missing = error instanceof InputError && isMissing(error.cause);
    const meantAsPath = /[/\\.]/.test(spec);
    if (!missing || meantAsPath) throw error;
    const nearest = nearestName(spec, textDatasets.map(({ name }) => name));
    const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    throw new InputError(
      `Cannot use the data ${spec}: there is no such data set, file or folder${suggestion}, ` +
        accepted(),
      { cause: error },
    );
  }
}

function openLoadedText(loaded: LoadedText): OpenedDataset {
  const { name, canonicalName, source, license, sha256 } = loaded;
  const bytes = new TextEncoder().encode(loaded.text);
  const part: SplitPart = {
    file: {
      path: canonicalName,
      bytes: bytes.length,
      digest: () => Promise.resolve(`sha256:${sha256}`),
    },
    format: { format: "text", gzip: false },
    open: () => Promise.resolve(memorySource(canonicalName, bytes)),
  };
  const splits = [new DatasetSplit(wholeSplit, canonicalName, [part])];
  return { name, canonicalName, source, revision: undefined, license, isVerified: true, splits };
}

function accepted(): string {
  const names = textDatasets.map(({ name }) => name).join(", ");
  return `accepted: ${names}, hf:OWNER/NAME, or the path of a file or folder of text or rows`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

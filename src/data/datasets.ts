/**
 * Every text that `--data` can name. A new data set is one file and one line in the list.
 *
 * @module
 */

import { resolve } from "node:path";
import { InputError } from "../errors.ts";
import { gutenberg } from "./gutenberg.ts";
import { loadLocalText } from "./local_text.ts";
import { nearestName } from "../nearest_name.ts";
import { shakespeare } from "./shakespeare.ts";
import type { LoadedText, TextDataset, TextOptions } from "./text_source.ts";

/** The text data sets that have a name. */
export const textDatasets: readonly TextDataset[] = [
  shakespeare,
  gutenberg,
];

/**
 * Loads the text that `--data` names.
 *
 * @param spec A data set's name, `name:variant`, or the path of a UTF-8 text file or a folder of
 * them. Names win over paths: a file called `gutenberg` is `./gutenberg`.
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
  options: TextOptions = {},
): Promise<LoadedText> {
  if (spec === "") throw new InputError(`Cannot use the data "": the name is empty, ${accepted()}`);
  if (spec.startsWith("hf:")) {
    throw new InputError(
      `Cannot use the data ${spec}: data sets of the Hugging Face hub are not available yet in ` +
        `this version, ${accepted()}`,
    );
  }
  const [name, variant] = splitOnce(spec, ":");
  const dataset = textDatasets.find((candidate) => candidate.name === name);
  if (dataset === undefined) return await loadPath(spec, options);
  if (variant !== undefined && !dataset.variants.includes(variant)) {
    const names = [name, ...dataset.variants.map((known) => `${name}:${known}`)];
    throw new InputError(
      `Cannot use the data ${spec}: ${name} has no such variant, accepted: ${names.join(", ")}`,
    );
  }
  options.signal?.throwIfAborted();
  return { ...await dataset.load(variant, options), name: spec };
}

async function loadPath(spec: string, options: TextOptions): Promise<LoadedText> {
  try {
    return { ...await loadLocalText(resolve(spec), options), name: spec };
  } catch (error) {
    const missing = error instanceof InputError && error.cause instanceof Deno.errors.NotFound;
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

function accepted(): string {
  const names = textDatasets.map(({ name }) => name).join(", ");
  return `accepted: ${names}, or the path of a UTF-8 text file or a folder of them`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

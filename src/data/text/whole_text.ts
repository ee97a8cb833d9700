/**
 * A data set as one text in memory.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { sha256Hex } from "../../files/sha256.ts";
import type { DatasetSplit } from "./dataset_split.ts";
import { chooseSplit, type OpenedDataset } from "./text_dataset.ts";
import { planSplits } from "../splits/split_plan.ts";
import type { LoadedText, TextOptions } from "./text_source.ts";

/** The longest string V8 can hold has 2²⁹ − 24 units, and a UTF-8 byte is at most one. */
const longestTextBytes = 2 ** 29 - 24;

/**
 * Reads what a data set has to train and validate on.
 *
 * Rows are joined to one text, each beginning on a line of its own.
 *
 * @param dataset The data set.
 * @param options Which column is the text, and where to tell what is read.
 * @throws {InputError} If it is empty, too large for the memory, not text, or has no such column.
 * @throws {WorkError} If a file of it can neither be downloaded nor taken from the cache.
 */
export async function wholeText(
  dataset: OpenedDataset,
  { textColumn, onNotice, signal }: TextOptions,
): Promise<LoadedText> {
  const names = dataset.splits.map(({ name }) => name);
  const { train, validation, notice } = planSplits(names, dataset.source);
  if (notice !== undefined) onNotice?.(notice);
  const text = await joinedText(chooseSplit(dataset, train), textColumn, signal);
  const heldOut = validation === undefined
    ? undefined
    : await joinedText(chooseSplit(dataset, validation), textColumn, signal);
  const { name, canonicalName, source, license } = dataset;
  const sha256 = await sha256Hex(text + (heldOut ?? ""));
  return { name, canonicalName, text, heldOut, source, license, sha256 };
}

async function joinedText(
  split: DatasetSplit,
  column: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const refuseLarge = () => {
    throw new InputError(
      `Cannot read ${split.source}: it is too large, texts of up to ${
        longestTextBytes >> 20
      } MiB ` +
        "are accepted",
    );
  };
  if (split.isContinuous && split.bytes > longestTextBytes) refuseLarge();
  const texts: string[] = [];
  let length = 0;
  const add = (text: string) => {
    texts.push(text);
    length += text.length;
    if (length > longestTextBytes) refuseLarge();
  };
  for await (const text of split.texts(column)) {
    signal?.throwIfAborted();
    // Each row begins on a line of its own.
    if (!split.isContinuous && texts.length > 0 && !texts.at(-1)?.endsWith("\n")) add("\n");
    add(text);
  }
  if (length === 0) throw new InputError(`Cannot read ${split.source}: it is empty`);
  return texts.join("");
}

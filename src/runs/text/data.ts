/**
 * The texts that language models learn: which there are, what they are, and how they are prepared before a run.
 *
 * @module
 */
import { loadTextDataset, openDataset, textDatasets } from "../../data/datasets.ts";
import { isHubReference } from "../../data/hub/reference.ts";
import type { DataCard } from "../../data/prepared/data_card.ts";
import type { Column } from "../../data/rows/table.ts";
import type { DatasetSplit } from "../../data/text/dataset_split.ts";
import type { OpenedDataset } from "../../data/text/text_dataset.ts";
import { bpeVocabSize, dependsOnText } from "../../data/tokenizers/tokenizer_name.ts";
import { InputError } from "../../errors.ts";
import type { Facts } from "../../models/family.ts";
import type { ListedData, Report } from "../family.ts";
import type { OptionsOfTable } from "../options/values.ts";
import type { WorkHooks } from "../work.ts";
import { openCorpus, openTokenizer, preparationProgress } from "./corpus.ts";
import { corpusOptions } from "./corpus_options.ts";
import type { TextRunOptions } from "./draft.ts";
import type { TEXT_DATA_OPTIONS } from "./options.ts";
import type { TextRunConfig } from "./run_config.ts";

/** The texts that have a name. */
export function listTexts(): ListedData[] {
  return textDatasets.map(({ name, summary, license }) => ({ name, summary, license }));
}

/** What a text, or a table of texts, is. */
export async function textFacts(name: string, work: WorkHooks): Promise<Facts> {
  const dataset = await openDataset(name, { onNotice: work.onNote });
  return dataset.splits.every(({ isContinuous }) => isContinuous)
    ? await factsOfText(name)
    : await factsOfRows(dataset);
}

async function factsOfText(name: string): Promise<Facts> {
  const { canonicalName, text, source, license, sha256 } = await loadTextDataset(name);
  const characters = [...text];
  return {
    name: canonicalName,
    source,
    license,
    sha256,
    bytes: new TextEncoder().encode(text).length,
    characters: characters.length,
    distinct_characters: new Set(characters).size,
  };
}

async function factsOfRows({ canonicalName, license, splits }: OpenedDataset): Promise<Facts> {
  const rows: [string, number][] = [];
  for (const split of splits) rows.push([`rows_in_${split.name}`, await countRows(split)]);
  return {
    name: canonicalName,
    license,
    bytes: splits.reduce((sum, { bytes }) => sum + bytes, 0),
    columns: describeColumns(await splits[0].columns()),
    ...Object.fromEntries(rows),
  };
}

async function countRows(split: DatasetSplit): Promise<number> {
  const known = await split.rowCount();
  if (known !== undefined) return known;
  let count = 0;
  for await (const _ of split.rows()) count++;
  return count;
}

function describeColumns(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `${name} (${type})`).join(", ");
}

/** A name or path that always means exactly the text that a run's `data` means now. */
export async function resolveText({ data }: TextRunConfig, work: WorkHooks): Promise<string> {
  const { corpus } = await openCorpus(data.name, corpusOptions(data), work);
  return corpus.dataset.canonicalName;
}

/** A tokenizer that would have to be learned again by every run, as a file instead. */
export async function shareTokenizer(
  { tokenizer }: TextRunOptions,
  json: unknown,
  write: (content: string) => Promise<string>,
): Promise<Record<string, string>> {
  if (bpeVocabSize(tokenizer) === undefined) return {};
  return { tokenizer: await write(JSON.stringify(json) + "\n") };
}

/**
 * Fetches, verifies and tokenizes a text.
 *
 * @throws {InputError} If there is no place to keep it.
 */
export async function prepareText(
  options: OptionsOfTable<typeof TEXT_DATA_OPTIONS>,
  work: WorkHooks,
): Promise<Report<object>> {
  const unverified = options.rows !== undefined && isHubReference(options.data);
  const opened = await openCorpus(options.data, corpusOptions(options), work, unverified);
  const { cache } = opened;
  if (cache === undefined) {
    throw new InputError(
      `Cannot prepare ${options.data}: there is no place for it, name a folder in BITTEXT_CACHE`,
    );
  }
  const tokenizer = await openTokenizer(options.tokenizer, opened, work);
  if (dependsOnText(options.tokenizer)) await cache.writeTokenizer(options.tokenizer, tokenizer);
  using prepared = await cache.prepare(tokenizer, {
    memoryBytes: 0,
    onNotice: work.onNote,
    onProgress: (progress) => work.onProgress?.(preparationProgress(progress)),
    signal: work.signal,
  });
  const { path, card } = prepared.entry!;
  return { result: { path, ...card }, lines: describeCard(card, path) };
}

function describeCard(card: DataCard, path: string): string[] {
  const count = (number: number) => number.toLocaleString("en");
  const parts = Object.entries(card.parts).map(([name, part]) => {
    const documents = part.documents === 0 ? "" : ` in ${count(part.documents)} documents`;
    return `${name.padEnd(10)}  ${count(part.tokens)} tokens${documents}, ` +
      `${(part.bytes / part.tokens).toFixed(2)} bytes of text each`;
  });
  return [
    ...parts,
    `vocabulary  ${count(card.tokenizer.vocab_size)} tokens (${card.tokenizer.kind})`,
    `licence     ${card.license}`,
    ...card.verified ? [] : ["verified    no: it was read over the network in parts"],
    `in          ${path}`,
  ];
}

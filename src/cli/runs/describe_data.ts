/**
 * What a data set is: `info --data`.
 *
 * @module
 */
import type { DatasetSplit } from "../../data/text/dataset_split.ts";
import { loadTextDataset, openDataset, textDatasets } from "../../data/datasets.ts";
import { type DescribedHubDataset, describeHubDataset } from "../../data/hub/describe.ts";
import { isHubReference } from "../../data/hub/reference.ts";
import type { ImageDataset } from "../../data/images/image_split.ts";
import { imageDatasets, namesImages } from "../../data/images/open_images.ts";
import type { OpenedDataset } from "../../data/text/text_dataset.ts";
import type { Column } from "../../data/rows/table.ts";
import type { CommandContext } from "../terminal/context.ts";
import { printFacts } from "../terminal/facts.ts";
import type { Facts } from "../../models/family.ts";
import { loadImages } from "../families/vit/load_images.ts";

/** Lists what `--data` accepts. */
export function listData(context: CommandContext): unknown {
  const list = [...textDatasets, ...imageDatasets].map(({ name, summary, license }) => ({
    ...{ name, summary, license },
  }));
  if (!context.json) {
    const others = [
      ["hf:OWNER/NAME[/CONFIG][@REVISION]", "a data set of the Hugging Face hub"],
      ["folder:PATH", "images: a folder of class folders of PNG or JPEG, or of IDX files"],
      ["PATH", "a file of UTF-8 text, JSON Lines, CSV, TSV or parquet, or a folder of them"],
    ];
    const width = Math.max(...list.map(({ name }) => name.length), others[0][0].length);
    for (const { name, summary, license } of list) {
      context.print(`${name.padEnd(width)}  ${summary} (${license})`);
    }
    for (const [name, summary] of others) context.print(`${name.padEnd(width)}  ${summary}`);
  }
  return list;
}

/** Describes a data set, reading no more of it than it takes. */
export async function describeData(spec: string, context: CommandContext): Promise<unknown> {
  if (isHubReference(spec)) {
    const described = await describeHubDataset(spec, { onNotice: context.note });
    if (!context.json) printHubDataset(described, context);
    return described;
  }
  if (namesImages(spec)) {
    const facts = imageFacts(await loadImages(spec, {}, context));
    if (!context.json) printFacts(facts, context);
    return facts;
  }
  const dataset = await openDataset(spec, { onNotice: context.note });
  const facts = dataset.splits.every(({ isContinuous }) => isContinuous)
    ? await describeText(spec)
    : await describeRows(dataset);
  if (!context.json) printFacts(facts, context);
  return facts;
}

async function describeText(spec: string): Promise<Facts> {
  const { canonicalName, text, source, license, sha256 } = await loadTextDataset(spec);
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

/** What images are. */
export function imageFacts(dataset: ImageDataset): Facts {
  const { canonicalName, source, license, sha256, classes, train, validation, test } = dataset;
  const { mean, std, skipped } = dataset;
  const rounded = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(", ");
  return {
    name: canonicalName,
    source,
    license,
    sha256,
    images_in_train: train.count,
    ...(validation && { images_in_validation: validation.count }),
    images_in_test: test.count,
    height: train.height,
    width: train.width,
    channels: train.channels,
    classes: classes.length,
    class_names: classes.join(", "),
    mean: rounded(mean),
    std: rounded(std),
    images_left_out: skipped.length,
  };
}

async function describeRows({ canonicalName, license, splits }: OpenedDataset): Promise<Facts> {
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

function printHubDataset(described: DescribedHubDataset, context: CommandContext): void {
  const { configurations, configuration, columns, splits, ...facts } = described;
  printFacts({
    ...facts,
    ...(configuration !== null && { configuration }),
    configurations: configurations.map(({ name, is_default: isDefault }) =>
      isDefault && configurations.length > 1 ? `${name} (default)` : name
    ).join(", "),
    ...(columns !== undefined && { columns: describeColumns(columns) || "none, running text" }),
  }, context);
  for (const { name, rows, bytes, files, cached_files: cached } of splits) {
    const count = rows === null ? "" : `${rows.toLocaleString("en")} rows, `;
    const kept = cached === files ? "in the cache" : `${cached} of ${files} files in the cache`;
    context.print(`split ${name}: ${count}${bytes.toLocaleString("en")} bytes, ${kept}`);
  }
}

/**
 * Image data sets of the Hugging Face hub: rows of image bytes and a class.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import type { DatasetSplit } from "../text/dataset_split.ts";
import { openHubDataset } from "../hub/hub_dataset.ts";
import { chooseSplit, type OpenedDataset } from "../text/text_dataset.ts";
import type { Column } from "../rows/table.ts";
import { planSplits } from "../splits/split_plan.ts";
import type { EncodedDataset, EncodedSplit } from "./image_files.ts";
import { isHeldOut } from "./random_division.ts";
import type { ImageOptions } from "./image_options.ts";

/** Which columns hold what. */
interface ImageColumns {
  readonly image: string;
  readonly label: string;
}

/** The labels of a split, and the numbers of the rows they are of. */
interface LabelledRows {
  readonly split: DatasetSplit;
  readonly labels: Int32Array;
  /** Whether a row belongs to it. */
  readonly includes: (row: number) => boolean;
}

/**
 * Finds the images of a data set. Its files are downloaded, and its labels read; its images are not yet.
 *
 * @param spec `hf:OWNER/NAME`, with a configuration and a revision if need be.
 * @throws {InputError} If there is no such data set, it has no images or no classes, or a label is none of them.
 * @throws {WorkError} If the hub cannot be asked and the cache does not know.
 */
export async function hubImages(spec: string, options: ImageOptions): Promise<EncodedDataset> {
  const dataset = await openHubDataset(spec, options);
  const names = dataset.splits.map(({ name }) => name);
  const plan = planSplits(names, spec);
  if (plan.notice !== undefined) options.onNotice?.(plan.notice);
  const train = chooseSplit(dataset, plan.train);
  const columns = chooseColumns(await train.columns(), spec, options.labelColumn);

  const trainLabels = await rawLabels(train, columns.label);
  const classes = classNames(trainLabels, dataset, columns.label);
  const labelled = async (name: string | undefined): Promise<LabelledRows | undefined> => {
    if (name === undefined) return undefined;
    const split = chooseSplit(dataset, name);
    const raw = await rawLabels(split, columns.label);
    if (raw.every((label) => label === "-1")) {
      options.onNotice?.(`The split ${name} of ${spec} has no labels, it is not used`);
      return undefined;
    }
    return { split, labels: toLabels(raw, classes, `the split ${name} of ${spec}`), includes: all };
  };
  const validation = await labelled(plan.validation);
  const test = await labelled(plan.test);
  const { seed = 0 } = options;
  const held = (row: number) => isHeldOut(row, seed);
  const labels = toLabels(trainLabels, classes, `the split ${plan.train} of ${spec}`);
  const whole = { split: train, labels, includes: all };
  const evaluated = test ?? validation;
  const parts = evaluated === undefined
    ? {
      train: { ...whole, includes: (row: number) => !held(row) },
      validation: undefined,
      test: { ...whole, includes: held },
    }
    : { train: whole, validation: test && validation, test: evaluated };
  const { canonicalName, source, license } = dataset;
  const use = (rows: LabelledRows) => splitOf(rows, columns.image);
  return {
    ...{ name: spec, canonicalName, source, license, classes },
    identity: {
      ...{ canonicalName, columns },
      splits: [train.name, parts.validation?.split.name, parts.test.split.name],
      ...(evaluated === undefined && { seed }),
    },
    splits: {
      train: use(parts.train),
      ...(parts.validation && { validation: use(parts.validation) }),
      test: use(parts.test),
    },
  };
}

const all = () => true;

function chooseColumns(
  columns: readonly Column[],
  spec: string,
  asked: string | undefined,
): ImageColumns {
  const refuse = (what: string) =>
    new InputError(
      `Cannot use ${spec}: ${what}, it has ` +
        (columns.map(({ name, type }) => `${name} (${type})`).join(", ") || "running text"),
    );
  const images = columns.filter(({ type }) => type === "struct" || type === "binary");
  const image = images.find(({ name }) => /^(image|img)$/i.test(name)) ??
    (images.length === 1 ? images[0] : undefined);
  if (image === undefined) throw refuse("a column of image bytes, called image or img, is needed");
  if (asked !== undefined) {
    if (columns.some(({ name }) => name === asked)) return { image: image.name, label: asked };
    throw refuse(`there is no column ${asked}`);
  }
  const integers = columns.filter(({ type }) => /^u?int/.test(type));
  const usual = ["label", "labels", "fine_label", "class", "target"];
  const label = usual.find((name) => columns.some((column) => column.name === name)) ??
    (integers.length === 1 ? integers[0].name : undefined);
  if (label === undefined) throw refuse("a column of classes, called label, is needed");
  return { image: image.name, label };
}

/** The labels of all rows, as text; `-1` where there is none. */
async function rawLabels(split: DatasetSplit, column: string): Promise<string[]> {
  const labels: string[] = [];
  for await (const row of split.rows([column])) labels.push(String(row[column] ?? -1));
  return labels;
}

/** The names that the data set says; else the numbers up to the largest, or every text that is a label. */
function classNames(
  labels: readonly string[],
  { classes, name }: OpenedDataset,
  column: string,
): readonly string[] {
  const stated = classes?.get(column);
  if (stated !== undefined) return stated;
  const distinct = [...new Set(labels)].filter((label) => label !== "-1");
  if (!distinct.every((label) => /^\d+$/.test(label))) return distinct.sort();
  const most = distinct.reduce((most, label) => Math.max(most, Number(label)), 0);
  if (most < 65_536) return Array.from({ length: most + 1 }, (_, label) => String(label));
  throw new InputError(
    `Cannot use the column ${column} of ${name}: it goes up to ${most}, classes from 0 on are accepted`,
  );
}

/** @throws {InputError} If a label is no class. */
function toLabels(raw: readonly string[], classes: readonly string[], where: string): Int32Array {
  const numbers = new Map(classes.map((name, label) => [name, label]));
  const areNumbers = raw.every((label) => /^-?\d+$/.test(label));
  return Int32Array.from(raw, (label, row) => {
    const number = areNumbers ? Number(label) : numbers.get(label) ?? -1;
    if (number >= 0 && number < classes.length) return number;
    throw new InputError(
      `Cannot use ${where}: row ${row} has the label ${label}, ` +
        (areNumbers
          ? `0 to ${classes.length - 1} are accepted`
          : `accepted: ${classes.slice(0, 8).join(", ")}`),
    );
  });
}

function splitOf({ split, labels, includes }: LabelledRows, column: string): EncodedSplit {
  return {
    total: labels.reduce((count, _, row) => count + Number(includes(row)), 0),
    async *images() {
      let row = 0;
      for await (const { [column]: value } of split.rows([column])) {
        if (includes(row)) {
          const { bytes, path } = encodedImage(value);
          const place = `row ${row} of ${split.name}`;
          yield {
            name: path === undefined ? place : `${path} in ${place}`,
            bytes,
            label: labels[row],
          };
        }
        row++;
      }
    },
  };
}

/** An image is its bytes, or those and its name. */
function encodedImage(value: unknown): {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly path?: string;
} {
  if (value instanceof Uint8Array) return { bytes: new Uint8Array(value) };
  const { bytes, path } = (value ?? {}) as { readonly bytes?: unknown; readonly path?: unknown };
  return {
    // What is not there does not decode.
    bytes: bytes instanceof Uint8Array ? new Uint8Array(bytes) : new Uint8Array(),
    ...(typeof path === "string" && { path }),
  };
}

/**
 * Classes of data and classes of a model are the same where their names are, whatever their order.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { type ImageDataset, type ImageSplit, makeLabels } from "./image_split.ts";

/**
 * Data whose labels are those of a model.
 *
 * Names are compared as they are, then without case and with blanks for `_` and `-`. Only where one side has numbers
 * instead of names, `LABEL_3` or `3`, are classes taken in their order.
 *
 * @param labels Names of the model's classes, in the order of its logits.
 * @param owner What the model is called in an error, such as `evaluate runs/demo on`.
 * @throws {InputError} If the data has a class that the model does not.
 */
export function matchClasses(
  dataset: ImageDataset,
  labels: readonly string[],
  owner: string,
): ImageDataset {
  const { classes, source, train, validation, test } = dataset;
  if (classes.length === labels.length && classes.every((name, i) => name === labels[i])) {
    return dataset;
  }
  const refuse = (why: string) => new InputError(`Cannot ${owner} ${source}: ${why}`);
  const byName = placesByName(classes, labels);
  if (byName === undefined && !(isNumbered(classes) || isNumbered(labels))) {
    const known = new Set(labels.map(plain));
    const other = classes.find((name) => !known.has(plain(name))) ?? classes[0];
    throw refuse(
      `its class ${other} is none of the model's, which are ${
        listed(labels)
      }; choose data of the ` +
        "same classes",
    );
  }
  if (byName === undefined && classes.length !== labels.length) {
    throw refuse(
      `its model has ${labels.length} classes, the data ${classes.length}; choose data of the same ` +
        "classes",
    );
  }
  if (byName === undefined) return { ...dataset, classes: labels };
  const mapped = (split: ImageSplit) => relabeled(split, byName, labels.length);
  return {
    ...dataset,
    classes: labels,
    train: mapped(train),
    validation: validation && mapped(validation),
    test: mapped(test),
  };
}

/** The place of each class among the labels; undefined if one is not there, or two would be the same. */
function placesByName(
  classes: readonly string[],
  labels: readonly string[],
): readonly number[] | undefined {
  for (const form of [(name: string) => name, plain]) {
    const places = new Map(labels.map((name, place) => [form(name), place]));
    const found = classes.map((name) => places.get(form(name)));
    const isOneToOne = places.size === labels.length && new Set(found).size === classes.length;
    if (isOneToOne && found.every((place) => place !== undefined)) return found as number[];
  }
  return undefined;
}

function plain(name: string): string {
  return name.normalize("NFC").toLowerCase().replace(/[\s_-]+/g, " ").trim();
}

/** Whether nobody has named the classes. */
function isNumbered(names: readonly string[]): boolean {
  return names.every((name, place) => /^(LABEL_)?0*(\d+)$/.exec(name)?.[2] === String(place));
}

/** A split whose labels are places among `count` other classes. */
function relabeled(split: ImageSplit, places: readonly number[], count: number): ImageSplit {
  const { height, width, channels } = split;
  const labels = makeLabels(split.count, count);
  for (let i = 0; i < labels.length; i++) labels[i] = places[split.labels[i]];
  return {
    ...{ count: split.count, height, width, channels, labels },
    read: (indices, out) => split.read(indices, out),
  };
}

/** Names of classes, only the first of many. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

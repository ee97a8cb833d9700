/**
 * The card of a data set: the YAML at the top of its README.
 *
 * @module
 */

import { readTextFile } from "../../host/files.ts";
import { importPackage } from "../download/npm_package.ts";
import type { HubAccess } from "./access.ts";
import { downloadFile } from "./download.ts";
import type { HubFile } from "./hub_file.ts";

const yamlPackage = "yaml@2.9.1";

/** What a card says. */
export interface DatasetCard {
  /** The terms the data may be used under. */
  readonly license: string;
  /** Its configurations, if the card names them. */
  readonly configurations: readonly CardConfiguration[];
  /** Rows by configuration and split, as far as the card tells: `rows.get("default")?.get("train")`. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Names of the classes by configuration and column, as far as the card tells. */
  readonly classes: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

/** A configuration as a card describes it. */
export interface CardConfiguration {
  /** Its name. */
  readonly name: string;
  /** Whether it is what is meant where none is named. */
  readonly isDefault: boolean;
  /** The folder of its files, empty for the whole repository. */
  readonly folder: string;
  /** Patterns of the files of each split; undefined if the file names tell. */
  readonly patterns: ReadonlyMap<string, readonly string[]> | undefined;
}

const emptyCard: DatasetCard = {
  license: "not stated",
  configurations: [],
  rows: new Map(),
  classes: new Map(),
};

/**
 * The card of a data set; an empty one if it has none, or none that can be read.
 *
 * @param access The data set.
 * @param commit The commit.
 * @param files Every file of the commit.
 */
export async function readCard(
  access: HubAccess,
  commit: string,
  files: readonly HubFile[],
): Promise<DatasetCard> {
  const file = files.find(({ path }) => path === "README.md");
  if (file === undefined) return emptyCard;
  const text = await readTextFile(await downloadFile(access, commit, file));
  return await parseCard(text, access);
}

/** The card in the text of a README. */
export async function parseCard(
  text: string,
  { name, notice }: { readonly name: string; notice(line: string): void },
): Promise<DatasetCard> {
  const [, yaml] = /^\uFEFF?---\r?\n([^]*?)\r?\n---/.exec(text) ?? [];
  if (yaml === undefined) return emptyCard;
  const { parse } = await importPackage<{ parse(text: string): unknown }>(yamlPackage);
  let card: Fields;
  try {
    card = fieldsOf(parse(yaml));
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    notice(`The card of ${name} is not YAML (${why}); its files are taken by their names`);
    return emptyCard;
  }
  const configurations = listOf(card.dataset_info).map(fieldsOf);
  return {
    license: listOf(card.license).map(String).join(", ") || emptyCard.license,
    configurations: listOf(card.configs).map(fieldsOf).map(configurationOf),
    rows: new Map(
      configurations.map((info) => [
        String(info.config_name ?? "default"),
        new Map(
          listOf(info.splits).map(fieldsOf).map((split) => [
            String(split.name),
            Number(split.num_examples),
          ]),
        ),
      ]),
    ),
    classes: new Map(
      configurations.map((info) => [
        String(info.config_name ?? "default"),
        new Map(listOf(info.features).map(fieldsOf).flatMap(classesOf)),
      ]),
    ),
  };
}

/** The column and its class names, if a feature is a class: a list, or an object of names by number. */
function classesOf({ name, dtype }: Fields): [string, string[]][] {
  const { names } = fieldsOf(fieldsOf(dtype).class_label);
  if (typeof names !== "object" || names === null) return [];
  return [[String(name), Object.values(names).map(String)]];
}

function configurationOf(fields: Fields): CardConfiguration {
  const folder = String(fields.data_dir ?? "").replace(/^\.?\/|\/$/g, "");
  return {
    name: String(fields.config_name ?? "default"),
    isDefault: fields.default === true,
    folder,
    patterns: fields.data_files === undefined ? undefined : patternsOf(fields.data_files, folder),
  };
}

/** `data_files` is a pattern, a list of patterns, a list of `{split, path}`, or patterns by split. */
function patternsOf(value: unknown, folder: string): ReadonlyMap<string, readonly string[]> {
  const inFolder = (patterns: unknown) =>
    listOf(patterns).map((pattern) => {
      const relative = String(pattern).replace(/^\.?\//, "");
      return folder === "" ? relative : `${folder}/${relative}`;
    });
  const entries = listOf(value);
  if (entries.every((entry) => typeof entry === "string")) {
    return new Map([["train", inFolder(entries)]]);
  }
  const patterns = new Map<string, string[]>();
  for (const entry of entries.map(fieldsOf)) {
    const splits = "path" in entry
      ? [[String(entry.split ?? "train"), entry.path]]
      : Object.entries(entry);
    for (const [split, path] of splits) {
      patterns.set(String(split), [...patterns.get(String(split)) ?? [], ...inFolder(path)]);
    }
  }
  return patterns;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

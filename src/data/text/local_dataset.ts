/**
 * Data of the user's own on disk: a file of rows or of text, or a folder of them.
 *
 * @module
 */

import { stat } from "../../host/files.ts";
import { InputError } from "../../errors.ts";
import { fileError } from "../../files/file_error.ts";
import { fileSha256Hex } from "../../files/file_sha256.ts";
import { walkFolder } from "../../files/walk_folder.ts";
import { DatasetSplit, type SplitPart } from "./dataset_split.ts";
import type { OpenedDataset } from "./text_dataset.ts";
import { fileSource } from "../../files/file_source.ts";
import { type FileFormat, formatOf, readableFormats } from "../rows/data_format.ts";
import { type SplitFiles, splitFiles } from "../splits/split_files.ts";
import { wholeSplit } from "../splits/split_plan.ts";

interface LocalFile {
  /** Relative to the folder that was given, with forward slashes. */
  readonly path: string;
  readonly place: string;
  readonly format: FileFormat;
}

/**
 * Opens a file or a folder.
 *
 * A file whose name does not tell what it holds is text. The files of a folder and its subfolders are
 * read in the order of their paths, links included; hidden ones are passed over. If there are files of rows and none of
 * text but Markdown, the rows are read, and names such as `train.jsonl` and `test.jsonl` tell the
 * splits; else the text is.
 *
 * @param path Absolute path.
 * @param onNotice Receives what a folder was found to hold.
 * @throws {InputError} If it is missing, cannot be read, or holds nothing that can be.
 */
export async function openLocalDataset(
  path: string,
  onNotice?: (line: string) => void,
): Promise<OpenedDataset> {
  const { isFile, isDirectory } = await attempt(path, () => stat(path));
  if (!isFile && !isDirectory) {
    throw new InputError(`Cannot read ${path}: it is neither a file nor a folder`);
  }
  const splits = isFile
    ? [{ name: wholeSplit, files: [{ path, place: path, format: formatOf(path) ?? plainText }] }]
    : await folderSplits(path);
  if (isDirectory) onNotice?.(`Reading ${splits.map(described).join(" and ")} in ${path}`);
  return {
    name: path,
    canonicalName: path,
    source: path,
    revision: undefined,
    license: "not stated",
    isVerified: true,
    splits: await Promise.all(
      splits.map(async ({ name, files }) =>
        new DatasetSplit(name, path, await Promise.all(files.map(partOf)))
      ),
    ),
  };
}

function described({ name, files }: SplitFiles<LocalFile>): string {
  const kind = name === wholeSplit ? "text" : name;
  return `${files.length} ${kind} ${files.length === 1 ? "file" : "files"}`;
}

const plainText: FileFormat = { format: "text", gzip: false };

async function folderSplits(folder: string): Promise<SplitFiles<LocalFile>[]> {
  const files = await listDataFiles(folder);
  const tables = files.filter(({ format }) => format.format !== "text");
  // A folder of data usually has a README, and a folder of texts may have a list of them.
  const hasText = files.some(({ path, format }) =>
    format.format === "text" && !/\.(md|markdown)$/i.test(path)
  );
  if (tables.length > 0 && !hasText) return splitFiles(tables);
  if (files.length > tables.length) {
    return [{ name: wholeSplit, files: files.filter(({ format }) => format.format === "text") }];
  }
  throw new InputError(
    `Cannot read ${folder}: the folder holds no data, files named ${readableFormats} are read`,
  );
}

async function listDataFiles(folder: string): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  for (const { path, place } of await walkFolder(folder)) {
    const format = formatOf(path);
    if (format !== undefined) files.push({ path, place, format });
  }
  return files;
}

async function partOf({ path, place, format }: LocalFile): Promise<SplitPart> {
  const { size } = await attempt(place, () => stat(place));
  const digest = async () => `sha256:${await fileSha256Hex(place)}`;
  return { file: { path, bytes: size, digest }, format, open: () => fileSource(place) };
}

async function attempt<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError("read", path, error);
  }
}

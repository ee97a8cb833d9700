/**
 * What kind of data a file holds, by its name.
 *
 * @module
 */

/** How the content of a file is written. */
export type DataFormat = "parquet" | "jsonl" | "csv" | "tsv" | "text";

/** What a file's name says. */
export interface FileFormat {
  /** How the content is written. */
  readonly format: DataFormat;
  /** Whether the content is compressed as a whole. */
  readonly gzip: boolean;
}

const formats: Readonly<Record<string, DataFormat>> = {
  parquet: "parquet",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "jsonl",
  csv: "csv",
  tsv: "tsv",
  txt: "text",
  text: "text",
  md: "text",
  markdown: "text",
};

/** Names of files that can be read, for messages. */
export const readableFormats = ".parquet, .jsonl, .csv, .tsv and .txt (also with .gz)";

/**
 * The format of a file.
 *
 * @param path Its path or name.
 * @returns Undefined if the name does not tell, or tells of something that cannot be read.
 */
export function formatOf(path: string): FileFormat | undefined {
  const [, extension, gz] = /\.([a-z]+)(\.gz)?$/.exec(path.toLowerCase()) ?? [];
  const format = extension === undefined ? undefined : formats[extension];
  // Its parts are compressed already, and could not be found in a stream.
  if (format === undefined || format === "parquet" && gz !== undefined) return undefined;
  return { format, gzip: gz !== undefined };
}

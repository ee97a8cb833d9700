/**
 * Parquet files, read by row group and column through `npm:hyparquet`.
 *
 * @module
 */

import { InputError, WorkError } from "../../errors.ts";
import { importPackage } from "../download/npm_package.ts";
import type { ByteSource } from "../../files/byte_source.ts";
import type { Column, Row, Table } from "./table.ts";

const readerPackage = "hyparquet@1.31.5";
const compressorsPackage = "hyparquet-compressors@1.1.2";

/** The parts of the library that are used. */
interface Hyparquet {
  parquetMetadataAsync(file: AsyncBuffer, options: {
    readonly initialFetchSize: number;
  }): Promise<FileMetaData>;
  parquetSchema(metadata: FileMetaData): SchemaTree;
  parquetReadObjects(options: {
    readonly file: AsyncBuffer;
    readonly metadata: FileMetaData;
    readonly columns: readonly string[] | undefined;
    readonly rowStart: number;
    readonly rowEnd: number;
    readonly compressors: unknown;
    readonly utf8: false;
  }): Promise<Row[]>;
}

interface AsyncBuffer {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

interface FileMetaData {
  readonly num_rows: bigint;
  readonly row_groups: readonly {
    readonly num_rows: bigint;
    readonly columns: readonly {
      readonly meta_data?: {
        readonly path_in_schema: readonly string[];
        readonly total_uncompressed_size: bigint;
      };
    }[];
  }[];
}

interface SchemaTree {
  readonly children: readonly SchemaTree[];
  readonly element: {
    readonly name: string;
    readonly type?: string;
    readonly converted_type?: string;
    readonly logical_type?: { readonly type: string };
  };
}

/** The footer of a usual file fits; where the file is remote, fetching more would cost time. */
const footerBytes = 1 << 17;
const defaultPartBytes = 1 << 24;

/**
 * A parquet file. Text columns give strings, other columns of bytes `Uint8Array`, 64-bit integers
 * `bigint`.
 *
 * @param source Its bytes.
 * @param partBytes Row groups that are larger are decoded in parts, so that they fit into memory.
 */
export function parquetTable(source: ByteSource, partBytes: number = defaultPartBytes): Table {
  const file: AsyncBuffer = {
    byteLength: source.bytes,
    slice: (start, end = source.bytes) => source.slice(start, end),
  };
  let opened: Promise<{ library: Hyparquet; metadata: FileMetaData }> | undefined;
  const open = () =>
    opened ??= (async () => {
      const library = await importPackage<Hyparquet>(readerPackage);
      const options = { initialFetchSize: footerBytes };
      const metadata = await damageTold(source, "its end", async () => {
        if (source.bytes < 12) throw new Error(`it has ${source.bytes} bytes`);
        return await library.parquetMetadataAsync(file, options);
      });
      return { library, metadata };
    })();
  return {
    async columns() {
      const { library, metadata } = await open();
      return library.parquetSchema(metadata).children.map((child): Column => ({
        name: child.element.name,
        type: typeOf(child),
      }));
    },
    async *rows(columns) {
      const { library, metadata } = await open();
      const { compressors } = await importPackage<{ compressors: unknown }>(compressorsPackage);
      let groupStart = 0;
      for (const [index, group] of metadata.row_groups.entries()) {
        const groupEnd = groupStart + Number(group.num_rows);
        const partRows = rowsPerPart(group, columns, partBytes);
        for (let start = groupStart; start < groupEnd; start += partRows) {
          yield* await damageTold(source, `row group ${index}`, () =>
            library.parquetReadObjects({
              file,
              metadata,
              columns,
              rowStart: start,
              rowEnd: Math.min(groupEnd, start + partRows),
              compressors,
              // Otherwise bytes of images become text.
              utf8: false,
            }));
        }
        groupStart = groupEnd;
      }
    },
    async rowCount() {
      return Number((await open()).metadata.num_rows);
    },
  };
}

/** How many rows of a group are decoded at once. */
function rowsPerPart(
  group: FileMetaData["row_groups"][number],
  columns: readonly string[] | undefined,
  partBytes: number,
): number {
  let bytes = 0;
  for (const { meta_data: column } of group.columns) {
    if (column === undefined || columns?.includes(column.path_in_schema[0]) === false) continue;
    bytes += Number(column.total_uncompressed_size);
  }
  const parts = Math.max(1, Math.ceil(bytes / partBytes));
  return Math.max(1, Math.ceil(Number(group.num_rows) / parts));
}

function typeOf({ children, element }: SchemaTree): string {
  const { type = "unknown", converted_type: converted, logical_type: logical } = element;
  if (children.length > 0) return ["LIST", "MAP"].includes(converted ?? "") ? "list" : "struct";
  if (converted === "UTF8" || logical?.type === "STRING") return "string";
  return type === "BYTE_ARRAY" ? "binary" : type.toLowerCase();
}

/** What the library throws for damage says little to whoever gave the file. */
async function damageTold<T>(
  source: ByteSource,
  place: string,
  operation: () => Promise<T>,
): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof InputError || error instanceof WorkError) throw error;
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new InputError(
      `Cannot read ${source.name}: it is no whole parquet file, ${place} cannot be read (${why})`,
      { cause: error },
    );
  }
}

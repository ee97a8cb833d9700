/**
 * The files of a model at an address, or handed over by the user of a page.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { safetensorsOf } from "../files/safetensors_reader.ts";
import { blobSource, fetchBlob, type FetchOptions } from "../files/web_source.ts";
import type { ModelFiles } from "./model_files.ts";

/** What a file can be given as; a string is its text. */
export type FileContent = Blob | Uint8Array<ArrayBuffer> | ArrayBuffer | string;

/**
 * Where the files of a model are: the address of the folder they lie in, the files that a user chose or dropped, or
 * contents by name.
 */
export type ModelPlace =
  | string
  | URL
  | Iterable<File>
  | Readonly<Record<string, FileContent>>;

/**
 * The files of a model, for {@link ModelPlace}.
 *
 * @param options Of downloads, if there are any.
 *
 * @example Files in memory
 * ```ts
 * import assert from "node:assert/strict";
 * import { modelFilesAt } from "./web_model_files.ts";
 *
 * const files = modelFilesAt({ "config.json": "{}" });
 * assert.equal(await files.readText("config.json"), "{}");
 * ```
 */
export function modelFilesAt(place: ModelPlace, options: FetchOptions = {}): ModelFiles {
  if (typeof place === "string" || place instanceof URL) return filesAtAddress(place, options);
  return filesGiven(
    Symbol.iterator in place
      ? new Map(Array.from(place as Iterable<File>, (file) => [file.name, file]))
      : new Map(Object.entries(place)),
  );
}

/** Relative addresses are those of the page. */
function filesAtAddress(place: string | URL, options: FetchOptions): ModelFiles {
  const page = globalThis.location?.href;
  const url = new URL(place, page);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  const urlOf = (name: string) => new URL(name, url);
  const placeOf = (name: string) => urlOf(name).href;
  return ofBlobs(placeOf, (name) => fetchBlob(urlOf(name), options), async (name) => {
    const response = await fetch(urlOf(name), { method: "HEAD" }).catch(() => undefined);
    // A server that knows no HEAD is asked for the file itself.
    return response === undefined || response.status !== 404;
  });
}

function filesGiven(files: ReadonlyMap<string, FileContent>): ModelFiles {
  return ofBlobs((name) => name, (name) => {
    const content = files.get(name);
    if (content === undefined) {
      const given = [...files.keys()].join(", ") || "none";
      throw new InputError(`Cannot read ${name}: it is not among the files given: ${given}`);
    }
    return content instanceof Blob ? content : new Blob([content]);
  }, (name) => Promise.resolve(files.has(name)));
}

function ofBlobs(
  placeOf: (name: string) => string,
  open: (name: string) => Blob | Promise<Blob>,
  has: (name: string) => Promise<boolean>,
): ModelFiles {
  return {
    placeOf,
    has,
    readText: async (name) => await (await open(name)).text(),
    async openTensors(name) {
      const file = await safetensorsOf(blobSource(await open(name), placeOf(name)));
      return Object.assign(file, { [Symbol.dispose]() {} });
    },
  };
}

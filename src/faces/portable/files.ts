/**
 * What of `files.ts` needs no host: pages have it too.
 *
 * @module
 */
export * from "../../files/byte_source.ts";
export * from "../../files/float_reader.ts";
export type { GrowingSha256 } from "../../files/sha256.ts";
export * from "../../files/tensor_file.ts";

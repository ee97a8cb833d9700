/**
 * Tensor files that are read by name and byte range.
 *
 * @module
 */
export * from "./portable/files.ts";
export * from "../files/file_source.ts";
export * from "../files/safetensors.ts";

/**
 * Sampling and generation.
 *
 * @module
 */
export * from "../infer/generate.ts";
export * from "../infer/sampler.ts";
export * from "../infer/generate_text.ts";

/**
 * The table of a sweep: each combination of settings, over its seeds.
 *
 * @module
 */
import { deviationOf, meanOf } from "../figures/mean_and_deviation.ts";
import type { Settings } from "./grid.ts";
import { type FinishedResult, isFinished, type RunResult } from "./run_result.ts";

/** Runs that differ in nothing but the seed. */
export interface SweepRow {
  /** What tells this row from others, besides bits and scheme. */
  readonly settings: Settings;
  /** Bits per weight. */
  readonly bits: number;
  /** The weight quantizer; `none` at 32 bits. */
  readonly scheme: string;
  /** The seeds, in rising order. */
  readonly seeds: readonly number[];
  /** Mean of the last validation losses, nats per token. */
  readonly loss: number;
  /** Their standard deviation (over n − 1); null for a single seed. */
  readonly deviation: number | null;
  /** e^loss: the geometric mean of the perplexities. */
  readonly perplexity: number;
  /** Mean. */
  readonly bits_per_byte: number;
  /** Mean share of tokens predicted rightly. */
  readonly accuracy: number;
  /** Mean of the lowest validation losses. */
  readonly best_loss: number;
  /** Bytes of the packed model. */
  readonly packed_bytes: number;
  /** Mean training speed of a run. */
  readonly tokens_per_second: number;
}

/**
 * The rows of the table, most bits first, then in the order of the loss.
 *
 * @param results Of all runs; those that failed are left out.
 */
export function summarize(results: readonly RunResult[]): SweepRow[] {
  const groups = new Map<string, FinishedResult[]>();
  for (const result of results.filter(isFinished)) {
    const key = JSON.stringify([result.bits, result.scheme, identifying(result.settings)]);
    groups.set(key, [...groups.get(key) ?? [], result]);
  }
  return [...groups.values()].map(rowOf).sort((a, b) => b.bits - a.bits || a.loss - b.loss);
}

function rowOf(group: readonly FinishedResult[]): SweepRow {
  const [{ settings, bits, scheme }] = group;
  const average = (value: (result: FinishedResult) => number) => meanOf(group.map(value));
  const losses = group.map((result) => result.loss);
  const loss = meanOf(losses);
  return {
    settings: identifying(settings),
    bits,
    scheme,
    seeds: group.map(({ seed }) => seed).sort((a, b) => a - b),
    loss,
    deviation: deviationOf(losses) ?? null,
    perplexity: Math.exp(loss),
    bits_per_byte: average((result) => result.bits_per_byte),
    accuracy: average((result) => result.accuracy),
    best_loss: average((result) => result.best.loss),
    packed_bytes: Math.round(average((result) => result.packed_bytes)),
    tokens_per_second: Math.round(average((result) => result.tokens_per_second)),
  };
}

/** The settings that tell runs apart besides bits, scheme and seed. */
export function identifying(settings: Settings): Settings {
  const told = new Set(["seed", "bits", "scheme"]);
  return Object.fromEntries(Object.entries(settings).filter(([flag]) => !told.has(flag)));
}

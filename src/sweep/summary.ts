/**
 * The table of a sweep: each combination of settings, over its seeds.
 *
 * @module
 */
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
  const meanOf = (value: (result: FinishedResult) => number) => mean(group.map(value));
  const losses = group.map((result) => result.loss);
  const loss = mean(losses);
  return {
    settings: identifying(settings),
    bits,
    scheme,
    seeds: group.map(({ seed }) => seed).sort((a, b) => a - b),
    loss,
    deviation: standardDeviation(losses),
    perplexity: Math.exp(loss),
    bits_per_byte: meanOf((result) => result.bits_per_byte),
    accuracy: meanOf((result) => result.accuracy),
    best_loss: meanOf((result) => result.best.loss),
    packed_bytes: Math.round(meanOf((result) => result.packed_bytes)),
    tokens_per_second: Math.round(meanOf((result) => result.tokens_per_second)),
  };
}

/** The settings that neither the seed nor the columns of a row tell. */
export function identifying(settings: Settings): Settings {
  const told = new Set(["seed", "bits", "scheme"]);
  return Object.fromEntries(Object.entries(settings).filter(([flag]) => !told.has(flag)));
}

/** Arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample (over n − 1); null of fewer than two values. */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

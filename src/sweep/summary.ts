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
  /** Mean of the last validation losses, nats per token or image. */
  readonly loss: number;
  /** Their standard deviation (over n − 1); null for a single seed. */
  readonly deviation: number | null;
  /** e^loss: the geometric mean of the perplexities; of text only. */
  readonly perplexity?: number;
  /** Mean; of text only. */
  readonly bits_per_byte?: number;
  /** Mean share of tokens predicted, or validation images classified, rightly at the end. */
  readonly accuracy: number;
  /** Mean share of test images that the best weights classify rightly. */
  readonly test_accuracy?: number;
  /** Its standard deviation (over n − 1); null for a single seed. */
  readonly test_deviation?: number | null;
  /** Mean of the lowest validation losses. */
  readonly best_loss: number;
  /** Bytes of the packed model. */
  readonly packed_bytes: number;
  /** Mean training speed of a run, for text. */
  readonly tokens_per_second?: number;
  /** Mean training speed of a run, for images. */
  readonly images_per_second?: number;
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
    ...textMetrics(group, loss),
    accuracy: average((result) => result.accuracy),
    ...imageMetrics(group),
    best_loss: average((result) => result.best.loss),
    packed_bytes: Math.round(average((result) => result.packed_bytes)),
  };
}

/** What only text has. */
function textMetrics(group: readonly FinishedResult[], loss: number) {
  const bits = valuesOf(group, "bits_per_byte");
  const speed = valuesOf(group, "tokens_per_second");
  if (bits === undefined || speed === undefined) return {};
  return {
    perplexity: Math.exp(loss),
    bits_per_byte: meanOf(bits),
    tokens_per_second: Math.round(meanOf(speed)),
  };
}

/** What only images have. */
function imageMetrics(group: readonly FinishedResult[]) {
  const tests = valuesOf(group, "test_accuracy");
  const speed = valuesOf(group, "images_per_second");
  return {
    ...(tests && { test_accuracy: meanOf(tests), test_deviation: deviationOf(tests) ?? null }),
    ...(speed && { images_per_second: Math.round(meanOf(speed)) }),
  };
}

/** A metric of all runs; undefined if one has none. */
function valuesOf(
  group: readonly FinishedResult[],
  metric: "bits_per_byte" | "tokens_per_second" | "test_accuracy" | "images_per_second",
): number[] | undefined {
  const values = group.flatMap((result) => result[metric] ?? []);
  return values.length === group.length ? values : undefined;
}

/** The settings that tell runs apart besides bits, scheme and seed. */
export function identifying(settings: Settings): Settings {
  const known = new Set(["seed", "bits", "scheme"]);
  return Object.fromEntries(Object.entries(settings).filter(([flag]) => !known.has(flag)));
}

/** Mean loss and its standard deviation, as far as there is one. */
export function lossText({ loss, deviation }: SweepRow): string {
  return loss.toFixed(4) + (deviation === null ? "" : ` ± ${deviation.toFixed(4)}`);
}

/** Mean test accuracy and its standard deviation, as far as there are any. */
export function accuracyText({ test_accuracy: mean, test_deviation: deviation }: SweepRow): string {
  if (mean === undefined) return "";
  const spread = typeof deviation === "number" ? ` ± ${(100 * deviation).toFixed(2)}` : "";
  return `${(100 * mean).toFixed(2)} %${spread}`;
}

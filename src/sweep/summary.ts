/**
 * The table of a sweep: each combination of settings, over its seeds.
 *
 * @module
 */
import { deviationOf, meanOf } from "../figures/mean_and_deviation.ts";
import type { Settings } from "./grid.ts";
import type { RunFamily } from "../runs/family.ts";
import type { ResultMetric } from "../runs/metrics.ts";
import { type FinishedResult, isFinished, type RunResult, speedMetric } from "./run_result.ts";

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
  /** Mean of the lowest validation losses. */
  readonly best_loss: number;
  /** Bytes of the packed model. */
  readonly packed_bytes: number;
  /** What the family of the runs tells besides, such as `perplexity`, and their speed, such as `tokens_per_second`. */
  readonly [metric: string]: unknown;
}

/**
 * The rows of the table, most bits first, then in the order of the loss.
 *
 * @param results Of all runs; those that failed are left out.
 * @param family Of all runs.
 */
export function summarize(results: readonly RunResult[], family: RunFamily): SweepRow[] {
  const groups = new Map<string, FinishedResult[]>();
  for (const result of results.filter(isFinished)) {
    const key = JSON.stringify([result.bits, result.scheme, identifying(result.settings)]);
    groups.set(key, [...groups.get(key) ?? [], result]);
  }
  return [...groups.values()].map((group) => rowOf(group, family))
    .sort((a, b) => b.bits - a.bits || a.loss - b.loss);
}

function rowOf(group: readonly FinishedResult[], family: RunFamily): SweepRow {
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
    ...metricsOf(group, loss, family.results),
    best_loss: average((result) => result.best.loss),
    packed_bytes: Math.round(average((result) => result.packed_bytes)),
    ...speedOf(group, speedMetric(family)),
  };
}

/** What the family of the runs tells. */
function metricsOf(
  group: readonly FinishedResult[],
  loss: number,
  metrics: readonly ResultMetric[],
): Record<string, number | null> {
  const means: Record<string, number | null> = {};
  for (const { name, ofLoss, deviation, onlyResult } of metrics) {
    const values = onlyResult ? undefined : valuesOf(group, name);
    if (values === undefined) continue;
    means[name] = ofLoss ? ofLoss(loss) : meanOf(values);
    if (deviation !== undefined) means[deviation] = deviationOf(values) ?? null;
  }
  return means;
}

function speedOf(group: readonly FinishedResult[], metric: string): Record<string, number> {
  const speeds = valuesOf(group, metric);
  return speeds ? { [metric]: Math.round(meanOf(speeds)) } : {};
}

/** A metric of all runs; undefined if one has none. */
function valuesOf(group: readonly FinishedResult[], metric: string): number[] | undefined {
  const values = group.map((result) => result[metric]);
  return values.every((value) => typeof value === "number") ? values : undefined;
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

/** A metric of a row as a table shows it; empty where there is none. */
export function metricText(
  row: SweepRow,
  { name, deviation, text = String }: ResultMetric,
): string {
  const mean = row[name];
  if (typeof mean !== "number") return "";
  const spread = deviation === undefined ? null : row[deviation];
  return text(mean, typeof spread === "number" ? spread : null);
}

/** The speed of a row as a table shows it; empty where there is none. */
export function speedText(row: SweepRow, family: RunFamily): string {
  const speed = row[speedMetric(family)];
  return typeof speed === "number" ? speed.toLocaleString("en") : "";
}

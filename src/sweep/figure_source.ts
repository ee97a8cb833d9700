/**
 * From the files of a sweep to what figures show.
 *
 * @module
 */
import { basename } from "../host/paths.ts";
import type { Device } from "../device/device.ts";
import type { FigureData, FigureRun, Series } from "../figures/figure_data.ts";
import { runFamily } from "../runs/families.ts";
import { figureRun, subjectOf, widthOf } from "../runs/figure_data.ts";
import type { RunConfig } from "../train/run_config.ts";
import { isFinished, type RunResult } from "./run_result.ts";
import { identifying } from "./summary.ts";
import type { SweepDirectory } from "./sweep_directory.ts";

/**
 * What the figures of a sweep show: its finished runs whose directories are there.
 *
 * @param device What quantizes their weights.
 */
export async function sweepFigureData(
  sweep: SweepDirectory,
  results: readonly RunResult[],
  device: Device,
): Promise<FigureData> {
  const groups = new Map<string, { readonly result: RunResult; readonly runs: FigureRun[] }>();
  const configs: RunConfig[] = [];
  let token = "token";
  let isTested = false;
  const finished = results.filter(isFinished)
    .sort((a, b) => b.bits - a.bits || a.seed - b.seed);
  for (const result of finished) {
    const directory = sweep.run(result.id);
    if (!await directory.exists()) continue;
    const config = await directory.readConfig();
    configs.push(config);
    const family = runFamily(config.family);
    token = await family.nameOfUnit(directory);
    isTested = family.testMetric !== undefined;
    const key = JSON.stringify([result.bits, result.scheme, identifying(result.settings)]);
    const group = groups.get(key) ?? { result, runs: [] };
    groups.set(key, group);
    group.runs.push(await figureRun(directory, config, device));
  }
  return { subject: subjectOf(configs), token, isTested, series: labelled([...groups.values()]) };
}

/** Series whose labels say no more than it takes to tell them apart. */
function labelled(
  groups: readonly { readonly result: RunResult; readonly runs: FigureRun[] }[],
): Series[] {
  const haveWidths = new Set(groups.map(({ result }) => result.bits)).size > 1;
  return groups.map(({ result, runs }) => {
    const { bits, scheme, settings } = result;
    const schemes = groups.filter((other) => other.result.bits === bits);
    const hasSchemes = new Set(schemes.map((other) => other.result.scheme)).size > 1;
    const others = Object.entries(identifying(settings))
      .map(([flag, value]) => `${flag} ${typeof value === "string" ? basename(value) : value}`);
    const variant = [...hasSchemes ? [scheme] : [], ...others].join(", ");
    const width = haveWidths || variant === "" ? widthOf(bits) : "";
    return { label: [width, variant].filter(Boolean).join(", "), bits, variant, runs };
  });
}

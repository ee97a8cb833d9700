/**
 * From the files of a run to what figures show.
 *
 * @module
 */
import { basename } from "../host/paths.ts";
import { isHubReference, parseHubReference } from "../data/hub/reference.ts";
import type { Device } from "../device/device.ts";
import type { FigureData, FigureRun, LayerStep } from "../figures/figure_data.ts";
import { modelFamily } from "../models/families.ts";
import { modelSize } from "../models/model_size.ts";
import type { RunConfig } from "../train/run_config.ts";
import type { MetricsLine, RunDirectory } from "../train/run_directory.ts";
import { runFamily } from "./families.ts";
import { readWeightData } from "./weight_data.ts";

/**
 * What the figures of a single run show.
 *
 * @param device What quantizes its weights; without one they are left out.
 * @throws {InputError} If there is no run in the directory.
 */
export async function runFigureData(
  directory: RunDirectory,
  device?: Device,
): Promise<FigureData> {
  const config = await directory.readConfig();
  const family = runFamily(config.family);
  const { weightBits, weightQuantizer } = config.model.quantization;
  const label = labelOf(weightBits, weightQuantizer?.name ?? "none");
  const run = await figureRun(directory, config, device);
  return {
    subject: `${subjectOf([config])}, ${label}`,
    token: await family.nameOfUnit(directory),
    isTested: family.testMetric !== undefined,
    series: [{ label, bits: weightBits, variant: "", runs: [run] }],
  };
}

/** Bits per weight in words. */
export function widthOf(bits: number): string {
  return bits === 32 ? "float" : bits === 1 ? "1 bit" : `${bits} bits`;
}

function labelOf(bits: number, scheme: string): string {
  return bits === 32 ? widthOf(bits) : `${widthOf(bits)} (${scheme})`;
}

/** What is shown of one run. */
export async function figureRun(
  directory: RunDirectory,
  config: RunConfig,
  device: Device | undefined,
): Promise<FigureRun> {
  const lines = await directory.metrics();
  const of = (split: string, metric: string) =>
    lines.filter((line) => line.split === split).flatMap((line) => {
      const value = line[metric];
      return typeof value === "number" ? [{ step: line.step, value }] : [];
    });
  const { testMetric } = runFamily(config.family);
  return {
    name: basename(directory.path),
    seed: config.training.seed,
    trainLoss: of("train", "loss"),
    validationLoss: of("val", "loss"),
    testAccuracy: of("test", testMetric ?? "").at(-1)?.value,
    gradientNorm: of("train", "grad_norm"),
    layers: lines.flatMap(layerSteps),
    packedBytes: modelSize(modelFamily(config.family), config.model).packedBytes,
    weights: device && await readWeightData(directory, device),
  };
}

/** Quantization of each layer, from a line that tells of it. */
function layerSteps({ step, layers = {} }: MetricsLine): LayerStep[] {
  return Object.entries(layers)
    .map(([layer, { sparsity, threshold, scale }]) => ({
      step,
      layer,
      sparsity,
      threshold,
      scale,
    }));
}

/** Data sets by the names that people know them by. */
const TITLES: ReadonlyMap<string, string> = new Map([
  ["shakespeare:tiny", "Tiny Shakespeare"],
  ["shakespeare:plays", "Julius Caesar, Hamlet and Macbeth"],
  ["mnist", "MNIST"],
  ["fashion-mnist", "Fashion-MNIST"],
]);

/** What to call data: for people, without the commit that its name pins. */
function titleOf(name: string): string {
  if (!isHubReference(name)) return TITLES.get(name) ?? basename(name);
  const { repository, configuration = "default" } = parseHubReference(name);
  return configuration === "default" ? repository : `${repository} (${configuration})`;
}

/** What runs have in common, such as `Tiny Shakespeare, 4 layers of width 128, 2,000 steps`. */
export function subjectOf(configs: readonly RunConfig[]): string {
  const facts = configs.map(({ family, model, data, training }) => [
    titleOf(data.name),
    ...modelFamily(family).traits(model),
    `${training.steps.toLocaleString("en")} steps`,
  ]);
  const count = Math.max(0, ...facts.map(({ length }) => length));
  return Array.from({ length: count }, (_, i) => [...new Set(facts.map((of) => of[i]))])
    .filter((values) => values.length === 1).join(", ");
}

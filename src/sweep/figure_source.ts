/**
 * From the files of runs and sweeps to what figures show.
 *
 * @module
 */
import { exists } from "../host/files.ts";
import { basename } from "../host/paths.ts";
import { isHubReference, parseHubReference } from "../data/hub/reference.ts";
import type { TokenizerJson } from "../data/tokenizers/tokenizer_json.ts";
import type { Device } from "../device/device.ts";
import type { FigureData, FigureRun, LayerStep, Series } from "../figures/figure_data.ts";
import { readJson } from "../models/model_directory.ts";
import { modelFamily } from "../models/families.ts";
import { modelSize } from "../models/model_size.ts";
import type { RunConfig } from "../train/run_config.ts";
import type { MetricsLine, RunDirectory } from "../train/run_directory.ts";
import { isFinished, type RunResult } from "./run_result.ts";
import { identifying } from "./summary.ts";
import type { SweepDirectory } from "./sweep_directory.ts";
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
  const { weightBits, weightQuantizer } = config.model.quantization;
  const label = labelOf(weightBits, weightQuantizer?.name ?? "none");
  const run = await readRun(directory, config, device);
  return {
    subject: `${subjectOf([config])}, ${label}`,
    token: await tokenOf(directory),
    series: [{ label, bits: weightBits, variant: "", runs: [run] }],
  };
}

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
  const finished = results.filter(isFinished)
    .sort((a, b) => b.bits - a.bits || a.seed - b.seed);
  for (const result of finished) {
    const directory = sweep.run(result.id);
    if (!await directory.exists()) continue;
    const config = await directory.readConfig();
    configs.push(config);
    token = await tokenOf(directory);
    const key = JSON.stringify([result.bits, result.scheme, identifying(result.settings)]);
    const group = groups.get(key) ?? { result, runs: [] };
    groups.set(key, group);
    group.runs.push(await readRun(directory, config, device));
  }
  return { subject: subjectOf(configs), token, series: labelled([...groups.values()]) };
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

function widthOf(bits: number): string {
  return bits === 32 ? "float" : bits === 1 ? "1 bit" : `${bits} bits`;
}

function labelOf(bits: number, scheme: string): string {
  return bits === 32 ? widthOf(bits) : `${widthOf(bits)} (${scheme})`;
}

async function readRun(
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
  return {
    name: basename(directory.path),
    seed: config.training.seed,
    trainLoss: of("train", "loss"),
    validationLoss: of("val", "loss"),
    testAccuracy: of("test", "top1").at(-1)?.value,
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
function subjectOf(configs: readonly RunConfig[]): string {
  const facts = [
    ({ data }: RunConfig) => titleOf(data.name),
    ({ model }: RunConfig) => `${model.layers} ${model.layers === 1 ? "layer" : "layers"}`,
    ({ model }: RunConfig) => `width ${model.hiddenSize}`,
    ({ training }: RunConfig) => `${training.steps.toLocaleString("en")} steps`,
  ];
  return facts.map((fact) => [...new Set(configs.map(fact))])
    .filter((values) => values.length === 1).join(", ");
}

/** What a loss is the mean over, in words. */
async function tokenOf(directory: RunDirectory): Promise<string> {
  if (!await exists(directory.tokenizerPath)) return "image";
  const { model, pre_tokenizer } = await readJson(directory.tokenizerPath) as TokenizerJson;
  const tokens = Object.keys(model.vocab);
  const areMerged = model.type !== "BPE" || model.merges.length > 0;
  if (areMerged || tokens.some((token) => [...token].length !== 1)) return "token";
  return JSON.stringify(pre_tokenizer ?? "").includes("ByteLevel") ? "byte" : "character";
}

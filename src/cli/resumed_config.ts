/**
 * What a resumed run does: what it was started with, with the flags that may change.
 *
 * @module
 */
import { resolve } from "node:path";
import { isHubReference } from "../data/hub/reference.ts";
import { InputError } from "../errors.ts";
import type { TrainingOptions } from "../train/options.ts";
import type { RunConfig } from "../train/run_directory.ts";
import type { ParsedFlags } from "./commands.ts";
import { kebabCase } from "./flag.ts";
import { quoted } from "./flag_value.ts";

type TrainFlags = ParsedFlags<"train">;
type TrainFlag = Parameters<TrainFlags["given"]["has"]>[0];

/** Flags that may differ, and are called as their options: they change neither model nor data. */
const CHANGEABLE = [
  "steps",
  "logEvery",
  "evalEvery",
  "saveEvery",
  "sampleEvery",
  "keep",
  "earlyStop",
] as const satisfies readonly (TrainFlag & keyof TrainingOptions)[];

/** Flags that say where and how, not what. Tokenizer and `--epochs` are compared with the text at hand. */
type Circumstance =
  | "out"
  | "tensorboard"
  | "figures"
  | "resume"
  | "device"
  | "threads"
  | "json"
  | "quiet"
  | "config"
  | "tokenizer"
  | "epochs";

/** A flag that must stay what it was. */
export type FixedFlag = Exclude<TrainFlag, Circumstance | typeof CHANGEABLE[number]>;

/** What each other flag would have to be for the run as it was started. */
const FIXED: Readonly<Record<FixedFlag, (run: RunConfig) => string | number | boolean | null>> = {
  data: ({ data }) => data.name,
  textColumn: ({ data }) => data.textColumn ?? null,
  rows: ({ data }) => data.rows ?? null,
  joinRows: ({ data }) => data.joinRows ?? false,
  splitSeed: ({ data }) => data.splitSeed ?? 0,
  normalizeUnicode: ({ data }) => data.normalizeUnicode ?? false,
  normalizeNewlines: ({ data }) => data.normalizeNewlines ?? false,
  normalizeWhitespace: ({ data }) => data.normalizeWhitespace ?? false,
  lowerCase: ({ data }) => data.lowerCase ?? false,
  init: ({ init }) => init,
  model: () => "text",
  layers: ({ model }) => model.layers,
  dim: ({ model }) => model.hiddenSize,
  heads: ({ model }) => model.heads,
  kvHeads: ({ model }) => model.keyValueHeads,
  ffn: ({ model }) => model.intermediateSize,
  activation: ({ model }) => model.activation === "silu" ? "swiglu" : model.activation,
  context: ({ training }) => training.context,
  dropout: ({ model }) => model.dropout,
  initializerRange: ({ model }) => model.initializerRange,
  embeddingRange: ({ model }) => model.embeddingRange,
  tieEmbeddings: ({ model }) => model.tieWordEmbeddings,
  bits: ({ model }) => model.quantization.weightBits,
  scheme: ({ model }) => model.quantization.weightQuantizer?.name ?? null,
  threshold: ({ model }) => model.quantization.weightThreshold ?? null,
  granularity: ({ model }) => model.quantization.weightGranularity,
  activationBits: ({ model }) => model.quantization.activationBits,
  activationScheme: ({ model }) => model.quantization.activationScheme ?? null,
  qatStart: ({ training }) => training.qatStart,
  batch: ({ training }) => training.batch,
  accumulate: ({ training }) => training.accumulate,
  order: ({ training }) => training.order,
  lr: ({ training }) => training.learningRate,
  minLr: ({ training }) => training.minLearningRate,
  warmup: ({ training }) => training.warmupSteps,
  schedule: ({ training }) => training.schedule,
  beta1: ({ training }) => training.beta1,
  beta2: ({ training }) => training.beta2,
  weightDecay: ({ training }) => training.weightDecay,
  clip: ({ training }) => training.clip,
  gradientBits: ({ training }) => training.gradientBits,
  labelSmoothing: ({ training }) => training.labelSmoothing,
  useTuner: ({ training }) => training.tuner !== null,
  useTunerLr: ({ training }) => training.tuner?.learningRate ?? false,
  aggressiveTuning: ({ training }) => training.tuner?.aggressive ?? false,
  targetSparsityMin: ({ training }) => training.tuner?.targetSparsityMin ?? null,
  targetSparsityMax: ({ training }) => training.tuner?.targetSparsityMax ?? null,
  seed: ({ training }) => training.seed,
};

/**
 * The configuration a stored run goes on with.
 *
 * @throws {InputError} If a flag contradicts the run.
 */
export function resumedConfig(flags: TrainFlags, stored: RunConfig): RunConfig {
  for (const flag of flags.given) {
    if (!isFixed(flag)) continue;
    const kept = startedWith(flag, stored);
    const asked = flags[flag] ?? null;
    if (means(flag, asked, kept)) continue;
    const name = `--${kebabCase(flag)}`;
    throw new InputError(
      `Cannot resume with ${name} ${quoted(String(asked))}: the run was started ` +
        (kept === null ? `without ${name}` : `with ${name} ${quoted(String(kept))}`) +
        "; leave the flag out, or start a new run",
    );
  }
  const changed = CHANGEABLE.filter((flag) => flags.given.has(flag));
  const training = {
    ...stored.training,
    ...Object.fromEntries(changed.map((flag) => [flag, flags[flag]])),
  };
  const epochs = flags.epochs ?? (flags.given.has("steps") ? null : stored.epochs);
  return { ...stored, training, epochs };
}

/** What a flag would have to be for a run as it was started; null where it was not given. */
export function startedWith(flag: FixedFlag, run: RunConfig): string | number | boolean | null {
  return FIXED[flag](run);
}

function isFixed(flag: TrainFlag): flag is FixedFlag {
  return Object.hasOwn(FIXED, flag);
}

/** Whether a flag's value says the same as what the run was started with. */
function means(flag: FixedFlag, asked: unknown, kept: unknown): boolean {
  if (asked === kept) return true;
  if (typeof asked !== "string" || typeof kept !== "string") return false;
  if (flag === "init") return resolve(asked) === kept;
  if (flag !== "data") return false;
  // `shakespeare` is kept as the variant that was used, a data set of the hub with its configuration
  // and commit, a path as an absolute one.
  return kept.startsWith(`${asked}:`) || resolve(asked) === kept ||
    isHubReference(asked) && (kept.startsWith(`${asked}/`) || kept.startsWith(`${asked}@`));
}

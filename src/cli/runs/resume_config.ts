/**
 * What a resumed run does: what it was started with, with the flags that may change.
 *
 * @module
 */
import { resolve } from "../../host/paths.ts";
import { isHubReference } from "../../data/hub/reference.ts";
import { InputError } from "../../errors.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { ImageRunConfig, RunConfig, TextRunConfig } from "../../train/run_config.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import { kebabCase } from "../flags/flag.ts";
import { quoted } from "../flags/flag_value.ts";
import { flagsForModel } from "../flags/model_flags.ts";
import { checkLength } from "../flags/recipe_flags.ts";

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
  | "imageMemory"
  | "json"
  | "quiet"
  | "config"
  | "tokenizer"
  | "epochs";

/** A flag that must stay what it was. */
export type FixedFlag = Exclude<TrainFlag, Circumstance | typeof CHANGEABLE[number]>;

/** What a flag has as its value; null where it was not given. */
type Stated = string | number | boolean | null;

/** What a flag would have to be for a run as it was started. */
interface FixedValue {
  /** For a language model. */
  readonly text: (run: TextRunConfig) => Stated;
  /** For an image model. */
  readonly vit: (run: ImageRunConfig) => Stated;
}

const both = (value: (run: RunConfig) => Stated): FixedValue => ({ text: value, vit: value });
const onlyText = (text: FixedValue["text"]): FixedValue => ({ text, vit: () => null });
const onlyImages = (vit: FixedValue["vit"]): FixedValue => ({ text: () => null, vit });
const convolutionOf = ({ model: { tokenizer } }: ImageRunConfig) =>
  tokenizer.kind === "convolution" ? tokenizer : undefined;

/** What each other flag would have to be for the run as it was started. */
const FIXED: Readonly<Record<FixedFlag, FixedValue>> = {
  data: both(({ data }) => data.name),
  textColumn: onlyText(({ data }) => data.textColumn ?? null),
  rows: onlyText(({ data }) => data.rows ?? null),
  joinRows: onlyText(({ data }) => data.joinRows ?? false),
  splitSeed: onlyText(({ data }) => data.splitSeed ?? 0),
  normalizeUnicode: onlyText(({ data }) => data.normalizeUnicode ?? false),
  normalizeNewlines: onlyText(({ data }) => data.normalizeNewlines ?? false),
  normalizeWhitespace: onlyText(({ data }) => data.normalizeWhitespace ?? false),
  lowerCase: onlyText(({ data }) => data.lowerCase ?? false),
  init: both(({ init }) => init),
  model: both(({ family }) => family),
  layers: both(({ model }) => model.layers),
  dim: both(({ model }) => model.hiddenSize),
  heads: both(({ model }) => model.heads),
  kvHeads: onlyText(({ model }) => model.keyValueHeads),
  ffn: both(({ model }) => model.intermediateSize),
  activation: {
    text: ({ model }) => model.activation === "silu" ? "swiglu" : model.activation,
    vit: ({ model }) => model.activation,
  },
  context: onlyText(({ training }) => training.context),
  dropout: both(({ model }) => model.dropout),
  initializerRange: both(({ model }) => model.initializerRange),
  embeddingRange: onlyText(({ model }) => model.embeddingRange),
  tieEmbeddings: onlyText(({ model }) => model.tieWordEmbeddings),
  patch: onlyImages(({ model: { tokenizer } }) =>
    tokenizer.kind === "patch" ? tokenizer.patchSize : null
  ),
  convLayers: onlyImages((run) => convolutionOf(run)?.layers ?? 0),
  convChannels: onlyImages((run) => convolutionOf(run)?.channels ?? null),
  labelColumn: onlyImages(({ data }) => data.labelColumn ?? null),
  pooling: onlyImages(({ model }) => model.pooling),
  imageSize: onlyImages(({ model }) => model.imageSize),
  augment: onlyImages(({ data }) => data.augment),
  dropPath: onlyImages(({ model }) => model.stochasticDepth),
  embedBits: onlyImages(({ model }) => model.embedQuantization.weightBits),
  headBits: onlyImages(({ model }) => model.headQuantization.weightBits),
  bits: both(({ model }) => model.quantization.weightBits),
  scheme: both(({ model }) => model.quantization.weightQuantizer?.name ?? null),
  threshold: both(({ model }) => model.quantization.weightThreshold ?? null),
  granularity: both(({ model }) => model.quantization.weightGranularity),
  activationBits: both(({ model }) => model.quantization.activationBits),
  activationScheme: both(({ model }) => model.quantization.activationScheme ?? null),
  qatStart: both(({ training }) => training.qatStart),
  batch: both(({ training }) => training.batch),
  accumulate: both(({ training }) => training.accumulate),
  order: onlyText(({ training }) => training.order),
  lr: both(({ training }) => training.learningRate),
  minLr: both(({ training }) => training.minLearningRate),
  warmup: both(({ training }) => training.warmupSteps),
  schedule: both(({ training }) => training.schedule),
  beta1: both(({ training }) => training.beta1),
  beta2: both(({ training }) => training.beta2),
  weightDecay: both(({ training }) => training.weightDecay),
  clip: both(({ training }) => training.clip),
  gradientBits: both(({ training }) => training.gradientBits),
  labelSmoothing: both(({ training }) => training.labelSmoothing),
  useTuner: both(({ training }) => training.tuner !== null),
  useTunerLr: both(({ training }) => training.tuner?.learningRate ?? false),
  aggressiveTuning: both(({ training }) => training.tuner?.aggressive ?? false),
  targetSparsityMin: both(({ training }) => training.tuner?.targetSparsityMin ?? null),
  targetSparsityMax: both(({ training }) => training.tuner?.targetSparsityMax ?? null),
  seed: both(({ training }) => training.seed),
};

/**
 * The configuration a stored run goes on with.
 *
 * @throws {InputError} If a flag contradicts the run.
 */
export function resumedConfig(flags: TrainFlags, stored: RunConfig): RunConfig {
  checkLength(flags);
  const { given } = flagsForModel("train", flags, stored.family);
  for (const flag of given) {
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
export function startedWith(flag: FixedFlag, run: RunConfig): Stated {
  return run.family === "text" ? FIXED[flag].text(run) : FIXED[flag].vit(run);
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

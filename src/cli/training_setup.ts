/**
 * From flags to the configuration and data of a run.
 *
 * @module
 */
import { RandomWindows, ValidationWindows } from "../data/batches.ts";
import { loadTextDataset } from "../data/datasets.ts";
import { Random } from "../data/random.ts";
import { splitTokens } from "../data/split.ts";
import { createTokenizer, readTokenizer, type Tokenizer } from "../data/tokenizer.ts";
import { InputError } from "../errors.ts";
import {
  checkTextConfig,
  defaultIntermediateSize,
  smallTextConfig,
  type TextConfig,
} from "../models/text_config.ts";
import { makeQuantization } from "../nn/quantization.ts";
import { type TrainingOptions, trainingOptions } from "../train/options.ts";
import type { DataRecord, RunConfig, RunDirectory } from "../train/run_directory.ts";
import type { TrainingData } from "../train/trainer.ts";
import type { ParsedFlags } from "./commands.ts";
import { kebabCase } from "./flag.ts";

type TrainFlags = ParsedFlags<"train">;

/** Flags that may differ when a run is resumed: they change neither model nor data nor batches. */
const RESUMABLE: ReadonlySet<string> = new Set([
  "steps",
  "epochs",
  "logEvery",
  "evalEvery",
  "saveEvery",
  "sampleEvery",
  "keep",
  "earlyStop",
]);

/** Flags that say where and how, not what. */
const CIRCUMSTANCES: ReadonlySet<string> = new Set([
  "out",
  "resume",
  "device",
  "json",
  "quiet",
  "config",
]);

/** Vocabulary of a configuration whose data is not loaded yet. */
const UNKNOWN_VOCABULARY = 1;

/**
 * The configuration that flags describe, or a stored one with the flags that may change.
 *
 * @throws {InputError} If a flag contradicts the stored run.
 */
export function runConfig(flags: TrainFlags, stored?: RunConfig): RunConfig {
  const training = optionsFromFlags(flags);
  const model = modelFromFlags(flags);
  if (!stored) {
    return {
      model,
      training: trainingOptions(training),
      epochs: flags.epochs ?? null,
      data: { name: flags.data, source: "", sha256: "" },
      init: flags.init ?? null,
    };
  }
  const asked: Record<string, unknown> = { ...model, ...training };
  const kept: Record<string, unknown> = { ...stored.model, ...stored.training };
  const changed: Record<string, unknown> = {};
  for (const flag of flags.given) {
    if (CIRCUMSTANCES.has(flag)) continue;
    const field = FIELDS[flag];
    if (RESUMABLE.has(flag)) {
      if (field) changed[field] = asked[field];
    } else if (!field || JSON.stringify(asked[field]) !== JSON.stringify(kept[field])) {
      throw new InputError(
        `Cannot resume with another --${kebabCase(flag)}: the run was started with ` +
          `${describeStored(flag, kept)}; leave the flag out, or start a new run`,
      );
    }
  }
  return { ...stored, training: { ...stored.training, ...changed } };
}

/** The configuration field of a flag, where they are comparable. */
const FIELDS: Readonly<Record<string, string>> = {
  layers: "layers",
  dim: "hiddenSize",
  heads: "heads",
  kvHeads: "keyValueHeads",
  ffn: "intermediateSize",
  activation: "activation",
  context: "maxPositions",
  dropout: "dropout",
  tieEmbeddings: "tieWordEmbeddings",
  bits: "quantization",
  scheme: "quantization",
  granularity: "quantization",
  activationBits: "quantization",
  steps: "steps",
  batch: "batch",
  accumulate: "accumulate",
  lr: "learningRate",
  minLr: "minLearningRate",
  warmup: "warmupSteps",
  schedule: "schedule",
  beta1: "beta1",
  beta2: "beta2",
  weightDecay: "weightDecay",
  clip: "clip",
  labelSmoothing: "labelSmoothing",
  seed: "seed",
  logEvery: "logEvery",
  evalEvery: "evalEvery",
  saveEvery: "saveEvery",
  sampleEvery: "sampleEvery",
  keep: "keep",
  earlyStop: "earlyStop",
};

function describeStored(flag: string, kept: Record<string, unknown>): string {
  const field = FIELDS[flag];
  if (field === "quantization") {
    const { weightBits, weightQuantizer, activationBits } = (kept as unknown as TextConfig)
      .quantization;
    return `${weightBits}-bit ${weightQuantizer?.name ?? "float"} weights and ` +
      `${activationBits}-bit activations`;
  }
  return field ? String(kept[field]) : "its own";
}

function optionsFromFlags(flags: TrainFlags): Partial<TrainingOptions> {
  return {
    seed: flags.seed,
    steps: flags.steps,
    batch: flags.batch,
    context: flags.context,
    accumulate: flags.accumulate,
    learningRate: flags.lr,
    minLearningRate: flags.minLr,
    warmupSteps: flags.warmup,
    schedule: flags.schedule,
    beta1: flags.beta1,
    beta2: flags.beta2,
    weightDecay: flags.weightDecay,
    clip: flags.clip,
    labelSmoothing: flags.labelSmoothing,
    logEvery: flags.logEvery,
    evalEvery: flags.evalEvery,
    saveEvery: flags.saveEvery,
    sampleEvery: flags.sampleEvery,
    keep: flags.keep,
    earlyStop: flags.earlyStop ?? null,
  };
}

function modelFromFlags(flags: TrainFlags): TextConfig {
  const { dim, bits } = flags;
  return {
    ...smallTextConfig,
    vocabSize: UNKNOWN_VOCABULARY,
    hiddenSize: dim,
    intermediateSize: flags.ffn ?? defaultIntermediateSize(dim),
    layers: flags.layers,
    heads: flags.heads,
    keyValueHeads: flags.kvHeads ?? flags.heads,
    activation: flags.activation === "swiglu" ? "silu" : "relu2",
    maxPositions: flags.context,
    tieWordEmbeddings: flags.tieEmbeddings,
    dropout: flags.dropout,
    quantization: makeQuantization({
      weightBits: bits,
      weightScheme: flags.scheme,
      weightGranularity: flags.granularity,
      activationBits: flags.given.has("activationBits") ? flags.activationBits : undefined,
    }),
  };
}

/** Finds impossible shapes before any data is loaded. */
export function checkConfig({ model, training }: RunConfig): void {
  checkTextConfig(model);
  if (training.minLearningRate > training.learningRate) {
    throw new InputError(
      `Cannot lower the learning rate from ${training.learningRate} (--lr) to ` +
        `${training.minLearningRate} (--min-lr): the latter is larger`,
    );
  }
  if (training.warmupSteps > training.steps) {
    throw new InputError(
      `Cannot warm up for ${training.warmupSteps} steps (--warmup): ` +
        `the run has ${training.steps} (--steps)`,
    );
  }
}

/** What {@link prepareData} needs to know. */
export interface DataRequest {
  readonly config: RunConfig;
  /** A stored run, whose tokenizer and text are used again. */
  readonly directory?: RunDirectory;
  /** `--tokenizer` of a new run. */
  readonly tokenizer?: string;
  readonly onNotice: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Data of a run, and what its length decides. */
export interface PreparedData extends TrainingData {
  readonly record: DataRecord;
  /** With `--epochs`, the number of steps they take. */
  readonly training: TrainingOptions;
}

/**
 * Loads, tokenises and splits the text of a run.
 *
 * @throws {InputError} If the text changed since the run began or is too short for the context.
 */
export async function prepareData(request: DataRequest): Promise<PreparedData> {
  const { config, directory, onNotice, signal } = request;
  const loaded = await loadTextDataset(config.data.name, { onNotice, signal });
  const { sha256 } = config.data;
  if (directory && loaded.sha256 !== sha256) {
    throw new InputError(
      `Cannot resume ${directory.path}: ${loaded.source} has changed since the run began ` +
        `(SHA-256 ${loaded.sha256.slice(0, 12)}… instead of ${sha256.slice(0, 12)}…)`,
    );
  }
  const tokenizer = directory
    ? await readTokenizer(directory.tokenizerPath)
    : await createTokenizer(request.tokenizer ?? "char", loaded.text);
  const { train, validation } = splitTokens(tokenizer.encode(loaded.text));

  const { epochs } = config;
  const { batch, context, accumulate } = config.training;
  const training = epochs === null || directory ? config.training : trainingOptions({
    ...config.training,
    steps: Math.max(1, Math.ceil(epochs * train.length / (batch * context * accumulate))),
  });
  // Their constructors refuse a text that is too short, before a device is opened.
  new RandomWindows(train, { batch, context }, new Random(0));
  new ValidationWindows(validation, { batch, context });
  return {
    train,
    validation,
    validationBytes: predictedBytes(validation, tokenizer),
    tokenizer,
    record: { name: loaded.canonicalName, source: loaded.source, sha256: loaded.sha256 },
    training,
  };
}

/** UTF-8 bytes of every token but the first, which nothing predicts. */
export function predictedBytes(split: Int32Array, tokenizer: Tokenizer): number {
  if (tokenizer.kind === "byte") return split.length - 1;
  return new TextEncoder().encode(tokenizer.decode(split.subarray(1))).length;
}

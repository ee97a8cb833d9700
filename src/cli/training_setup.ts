/**
 * From flags to the configuration and data of a run.
 *
 * @module
 */
import { resolve } from "node:path";
import { bpeVocabSize } from "../data/create_tokenizer.ts";
import type { Tokens } from "../data/token_source.ts";
import { ValidationWindows } from "../data/validation_windows.ts";
import { InputError } from "../errors.ts";
import {
  checkTextConfig,
  defaultEmbeddingRange,
  defaultInitializerRange,
  defaultIntermediateSize,
  smallTextConfig,
  type TextConfig,
} from "../models/text_config.ts";
import { makeQuantization, type Quantization } from "../nn/quantization.ts";
import {
  type BatchOrder,
  defaultLearningRate,
  type TrainingOptions,
  trainingOptions,
} from "../train/options.ts";
import { checkTunable, type TunerOptions, tunerOptions } from "../train/tuner/options.ts";
import type { DataRecord, RunConfig, RunDirectory } from "../train/run_directory.ts";
import { textBatches } from "../train/step_batches.ts";
import { initialState, type TrainingData } from "../train/trainer.ts";
import type { ParsedFlags } from "./commands.ts";
import { chooseTokenizer, type TokenizerRequest } from "./choose_tokenizer.ts";
import { kebabCase } from "./flag.ts";
import { corpusOptions, openCorpus, openTokens } from "./opened_corpus.ts";

type TrainFlags = ParsedFlags<"train">;

/** Vocabulary of a configuration whose data is not loaded yet. */
const UNKNOWN_VOCABULARY = 1;

/**
 * The configuration that flags describe; the data fills in what only it can tell.
 *
 * @throws {InputError} If they contradict each other, or no BPE tokenizer can be of the size.
 */
export function runConfig(flags: TrainFlags): RunConfig {
  checkLength(flags);
  bpeVocabSize(flags.tokenizer);
  const model = modelFromFlags(flags);
  return {
    model,
    training: trainingOptions(optionsFromFlags(flags, model)),
    epochs: flags.epochs ?? null,
    data: { name: flags.data, source: "", sha256: "", ...corpusOptions(flags) },
    // As an absolute path, so that it means the same when the run is resumed from another folder.
    init: flags.init === undefined ? null : resolve(flags.init),
  };
}

/** @throws {InputError} If the length of the run is given twice. */
export function checkLength(flags: TrainFlags): void {
  if (!flags.given.has("steps") || !flags.given.has("epochs")) return;
  throw new InputError(
    `Cannot train for both --steps ${flags.steps} and --epochs ${flags.epochs}: give one of them`,
  );
}

function optionsFromFlags(flags: TrainFlags, model: TextConfig): Partial<TrainingOptions> {
  const { quantization: { weightBits }, hiddenSize } = model;
  return {
    seed: flags.seed,
    steps: flags.steps,
    batch: flags.batch,
    context: flags.context,
    accumulate: flags.accumulate,
    order: flags.order,
    qatStart: flags.qatStart,
    learningRate: flags.lr ?? defaultLearningRate(weightBits, hiddenSize),
    minLearningRate: flags.minLr,
    warmupSteps: flags.warmup,
    schedule: flags.schedule,
    beta1: flags.beta1,
    beta2: flags.beta2,
    weightDecay: flags.weightDecay,
    clip: flags.clip,
    gradientBits: flags.gradientBits,
    labelSmoothing: flags.labelSmoothing,
    logEvery: flags.logEvery,
    evalEvery: flags.evalEvery,
    saveEvery: flags.saveEvery,
    sampleEvery: flags.sampleEvery,
    keep: flags.keep,
    earlyStop: flags.earlyStop ?? null,
    tuner: tunerFromFlags(flags),
  };
}

/** Flags that mean nothing without `--use-tuner`. */
const TUNER_ONLY = [
  "useTunerLr",
  "aggressiveTuning",
  "targetSparsityMin",
  "targetSparsityMax",
] as const satisfies readonly (keyof TrainFlags)[];

function tunerFromFlags(flags: TrainFlags): TunerOptions | null {
  const { useTuner, useTunerLr, aggressiveTuning, targetSparsityMin, targetSparsityMax } = flags;
  if (useTuner) {
    return tunerOptions({
      learningRate: useTunerLr,
      aggressive: aggressiveTuning,
      targetSparsityMin,
      targetSparsityMax,
    });
  }
  const idle = TUNER_ONLY.find((flag) => flags[flag]);
  if (idle === undefined) return null;
  throw new InputError(
    `Cannot use --${kebabCase(idle)} without --use-tuner: add it, or leave both out`,
  );
}

function modelFromFlags(flags: TrainFlags): TextConfig {
  const { dim } = flags;
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
    initializerRange: flags.initializerRange ?? defaultInitializerRange(dim),
    embeddingRange: flags.embeddingRange ?? defaultEmbeddingRange(flags.tieEmbeddings),
    tieWordEmbeddings: flags.tieEmbeddings,
    dropout: flags.dropout,
    quantization: quantizationFromFlags(flags),
  };
}

/**
 * How weights and activations are quantised.
 *
 * @throws {InputError} If the flags do not go together, such as a scheme that cannot do the width.
 */
export function quantizationFromFlags(flags: TrainFlags): Quantization {
  return makeQuantization({
    weightBits: flags.bits,
    weightScheme: flags.scheme,
    weightGranularity: flags.granularity,
    weightThreshold: flags.threshold,
    activationBits: flags.given.has("activationBits") ? flags.activationBits : undefined,
    activationScheme: flags.activationScheme,
  });
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
  if (training.qatStart > 0 && model.quantization.weightBits === 32) {
    throw new InputError(
      `Cannot begin quantisation after ${training.qatStart} of the steps (--qat-start): ` +
        "32-bit weights are not quantised; choose other --bits",
    );
  }
  if (training.warmupSteps > training.steps) {
    throw new InputError(
      `Cannot warm up for ${training.warmupSteps} steps (--warmup): ` +
        `the run has ${training.steps} (--steps)`,
    );
  }
  const threshold = model.quantization.weightThreshold;
  if (training.tuner && threshold !== undefined) checkTunable(threshold);
}

/** What {@link prepareData} needs to know. */
export interface DataRequest extends TokenizerRequest {
  /** `--order` of a new run; undefined where the kind of the data decides. */
  readonly order: BatchOrder | undefined;
  /** Passes to turn into steps; undefined if the number of steps is known. */
  readonly epochs: number | undefined;
  /** Warmup for those steps; undefined if it follows from them. */
  readonly warmup: number | undefined;
}

/** Data of a run, and what its length decides. */
export interface PreparedData extends TrainingData {
  readonly train: Tokens;
  readonly validation: Tokens;
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
  const { config, epochs, directory, context: work } = request;
  const options = corpusOptions(config.data);
  const opened = await openCorpus(config.data.name, options, work);
  const tokenizer = await chooseTokenizer(request, opened);
  const { canonicalName: name, source } = opened.corpus.dataset;
  let sha256 = "";
  const prepared = await openTokens(opened, tokenizer, ["train", "validation"], work, (found) => {
    if (directory) checkUnchanged(directory, source, config.data.sha256, found);
    sha256 = found;
  });
  const { tokens: train, documents } = prepared.part("train");
  const { tokens: validation, predictedBytes } = prepared.part("validation");

  const { batch, context } = config.training;
  const order = directory
    ? config.training.order
    : request.order ?? (documents > 0 ? "epochs" : "random");
  const training = epochs === undefined ? { ...config.training, order } : trainingOptions({
    ...config.training,
    order,
    steps: stepsOf(epochs, train.length, { ...config.training, order }),
    warmupSteps: request.warmup,
  });
  // They refuse data that is too short, before a device is opened.
  textBatches(train, training, initialState(training).batches);
  new ValidationWindows(validation, { batch, context });
  return {
    ...{ train, validation, validationBytes: predictedBytes, tokenizer },
    record: { name, source, sha256, ...options },
    training,
  };
}

/** The steps that see every token so many times. */
function stepsOf(epochs: number, tokens: number, options: TrainingOptions): number {
  const { batch, context, accumulate, order } = options;
  // The last window of an ordered epoch may be short.
  const positions = order === "epochs" ? Math.ceil((tokens - 1) / context) * context : tokens;
  return Math.max(1, Math.ceil(epochs * positions / (batch * context * accumulate)));
}

function checkUnchanged(run: RunDirectory, source: string, kept: string, found: string): void {
  if (found === kept) return;
  throw new InputError(
    `Cannot resume ${run.path}: ${source} has changed since the run began ` +
      `(SHA-256 ${found.slice(0, 12)}… instead of ${kept.slice(0, 12)}…)`,
  );
}

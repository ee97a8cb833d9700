/**
 * From flags to the configuration and data of a language model's run.
 *
 * @module
 */
import { resolve } from "../../../host/paths.ts";
import { bpeVocabSize } from "../../../data/tokenizers/create_tokenizer.ts";
import { ValidationWindows } from "../../../data/text/validation_windows.ts";
import type { Device } from "../../../device/device.ts";
import { InputError } from "../../../errors.ts";
import { LanguageModel } from "../../../models/text/model.ts";
import {
  checkTextConfig,
  defaultEmbeddingRange,
  defaultInitializerRange,
  defaultIntermediateSize,
  smallTextConfig,
  type TextConfig,
} from "../../../models/text/config.ts";
import { initialState } from "../../../train/initial_state.ts";
import {
  defaultLastRate,
  defaultLearningRate,
  type TrainingOptions,
  trainingOptions,
} from "../../../train/options.ts";
import type { TextRunConfig } from "../../../train/run_config.ts";
import { textBatches } from "../../../train/step_batches.ts";
import { TextTask } from "../../../train/text_task.ts";
import type { ParsedFlags } from "../../flags/commands.ts";
import { chooseTokenizer } from "./choose_tokenizer.ts";
import {
  checkArchitecture,
  type InitialTextModel,
  loadInitialWeights,
  readInitialTextModel,
} from "../../runs/initial_model.ts";
import { corpusOptions, openCorpus, openTokens } from "./corpus.ts";
import type {
  OpenedTraining,
  PreparationRequest,
  PreparedTraining,
} from "../../runs/run_preparation.ts";
import {
  checkTraining,
  checkUnchanged,
  optionsFromFlags,
  optionsWithEpochs,
  quantizationFromFlags,
} from "../../flags/recipe_flags.ts";

type TrainFlags = ParsedFlags<"train">;

/** Vocabulary of a configuration whose data is not loaded yet. */
const UNKNOWN_VOCABULARY = 1;

/**
 * The configuration that flags describe; the data fills in what only it can tell.
 *
 * @throws {InputError} If they contradict each other, or no BPE tokenizer can be of the size.
 */
export function draftTextRun(flags: TrainFlags): TextRunConfig {
  bpeVocabSize(flags.tokenizer);
  const model = modelFromFlags(flags);
  const { quantization: { weightBits }, hiddenSize } = model;
  const learningRate = defaultLearningRate(weightBits, hiddenSize);
  const lastRate = defaultLastRate(weightBits);
  return {
    family: "text",
    model,
    training: trainingOptions(optionsFromFlags(flags, learningRate, lastRate)),
    epochs: flags.epochs ?? null,
    data: { name: flags.data, source: "", sha256: "", ...corpusOptions(flags) },
    // As an absolute path, so that it means the same when the run is resumed from another folder.
    init: flags.init === undefined ? null : resolve(flags.init),
  };
}

function modelFromFlags(flags: TrainFlags): TextConfig {
  const { dim, activation } = flags;
  if (activation === "gelu") {
    throw new InputError(
      "Cannot use --activation gelu in a language model: it has swiglu and relu2",
    );
  }
  return {
    ...smallTextConfig,
    vocabSize: UNKNOWN_VOCABULARY,
    hiddenSize: dim,
    intermediateSize: flags.ffn ?? defaultIntermediateSize(dim),
    layers: flags.layers,
    heads: flags.heads,
    keyValueHeads: flags.kvHeads ?? flags.heads,
    activation: activation === "swiglu" ? "silu" : "relu2",
    maxPositions: flags.context,
    initializerRange: flags.initializerRange ?? defaultInitializerRange(dim),
    embeddingRange: flags.embeddingRange ?? defaultEmbeddingRange(flags.tieEmbeddings),
    tieWordEmbeddings: flags.tieEmbeddings,
    dropout: flags.dropout,
    quantization: quantizationFromFlags(flags),
  };
}

/** Finds impossible shapes before any data is loaded. */
export function checkTextRun({ model, training }: TextRunConfig): void {
  checkTextConfig(model);
  checkTraining(model, training);
}

/**
 * Loads, tokenizes and splits the text of a run.
 *
 * @throws {InputError} If the text changed since the run began or is too short for the context, or the model that the
 *   run starts from does not fit it.
 */
export async function prepareTextRun(
  draft: TextRunConfig,
  { flags, directory, context: work }: PreparationRequest,
): Promise<PreparedTraining> {
  const initial = directory || draft.init === null
    ? undefined
    : await readInitialTextModel(draft.init);
  if (initial) checkArchitecture(draft, { ...draft, model: initial.config }, initial.directory);
  const options = corpusOptions(draft.data);
  const opened = await openCorpus(draft.data.name, options, work);
  const tokenizer = await chooseTokenizer({
    config: draft,
    directory,
    initial,
    tokenizer: flags.given.has("tokenizer") ? flags.tokenizer : undefined,
    context: work,
  }, opened);
  const { canonicalName: name, source } = opened.corpus.dataset;
  let sha256 = "";
  const prepared = await openTokens(opened, tokenizer, ["train", "validation"], work, (found) => {
    if (directory) checkUnchanged(directory, source, draft.data.sha256, found);
    sha256 = found;
  });
  const { tokens: train, documents } = prepared.part("train");
  const { tokens: validation, predictedBytes } = prepared.part("validation");

  const order = directory
    ? draft.training.order
    : flags.order ?? (documents > 0 ? "epochs" : "random");
  const ordered = { ...draft, training: { ...draft.training, order } };
  const stepsOf = (epochs: number) => stepsOfEpochs(epochs, train.length, ordered.training);
  const training = optionsWithEpochs(ordered, flags, stepsOf, directory !== undefined);
  // They refuse data that is too short, before a device is opened.
  textBatches(train, training, initialState(training).batches);
  new ValidationWindows(validation, training);

  const config: TextRunConfig = {
    ...draft,
    model: directory ? draft.model : completeModel(draft.model, tokenizer.vocabSize, initial),
    training,
    data: { name, source, sha256, ...options },
  };
  const data = { train, validation, validationBytes: predictedBytes, tokenizer };
  return {
    config,
    tokenizer: tokenizer.toJSON(),
    facts: [
      `vocabulary of ${tokenizer.vocabSize.toLocaleString("en")}`,
      `${train.length.toLocaleString("en")} training and ` +
      `${validation.length.toLocaleString("en")} validation tokens from ${source}`,
    ],
    open(device: Device): OpenedTraining {
      const model = new LanguageModel(config.model, device);
      return {
        task: new TextTask(model, data, training),
        loadInitial: (path) => loadInitialWeights(model, path),
        [Symbol.dispose]: () => model[Symbol.dispose](),
      };
    },
  };
}

/** What no flag says has to be as the weights that a run starts from have learned it. */
function completeModel(
  model: TextConfig,
  vocabSize: number,
  initial: InitialTextModel | undefined,
): TextConfig {
  return {
    ...model,
    vocabSize,
    ropeTheta: initial?.config.ropeTheta ?? model.ropeTheta,
    rmsNormEpsilon: initial?.config.rmsNormEpsilon ?? model.rmsNormEpsilon,
  };
}

/** The steps that see every token so many times. */
function stepsOfEpochs(epochs: number, tokens: number, options: TrainingOptions): number {
  const { batch, context, accumulate, order } = options;
  // The last window of an ordered epoch may be short.
  const positions = order === "epochs" ? Math.ceil((tokens - 1) / context) * context : tokens;
  return Math.max(1, Math.ceil(epochs * positions / (batch * context * accumulate)));
}

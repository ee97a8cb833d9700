/**
 * From flags to the configuration and data of an image model's run.
 *
 * @module
 */
import { resolve } from "../../../host/paths.ts";
import {
  formatAugmentation,
  mixesImages,
  parseAugmentation,
} from "../../../data/images/augment/augmentation.ts";
import { Normalization } from "../../../data/images/augment/normalization.ts";
import { withValidation } from "../../../data/images/validation_part.ts";
import { ImageBatches } from "../../../data/images/image_batches.ts";
import type { ImageDataset, ImageSplit } from "../../../data/images/image_split.ts";
import type { Device } from "../../../device/device.ts";
import { InputError } from "../../../errors.ts";
import { ImageClassifier } from "../../../models/vit/model.ts";
import {
  checkVitConfig,
  defaultImageInitializerRange,
  type ImageTokenizer,
  quantizationAt,
  smallVitConfig,
  type VitConfig,
} from "../../../models/vit/config.ts";
import { EvaluationBatches } from "../../../train/evaluation_batches.ts";
import { imageEvaluationBatch } from "../../../train/image_evaluation.ts";
import { ImageTask } from "../../../train/image_task.ts";
import { defaultImageLearningRate, trainingOptions } from "../../../train/options.ts";
import type { ImageDataRecord, ImageRunConfig } from "../../../train/run_config.ts";
import type { ParsedFlags } from "../../flags/commands.ts";
import {
  checkArchitecture,
  loadInitialWeights,
  readInitialImageModel,
} from "../../runs/initial_model.ts";
import { loadImages, shapeFor } from "./load_images.ts";
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
import { testBest } from "./test_best.ts";

type TrainFlags = ParsedFlags<"train">;

/** Patches of a configuration whose data is not loaded yet. */
const UNKNOWN_PATCH = 1;

/** The learning rate ends at this share of its peak. */
const LAST_RATE = 0.01;

/** Patches across an image, as far as its size allows: colors come with more to see. */
const GRAY_PATCHES = 4;
const COLOR_PATCHES = 8;

/**
 * The configuration that flags describe; the data fills in what only it can tell: size, colors and classes.
 *
 * @throws {InputError} If they contradict each other, or `--augment` is not understood.
 */
export function draftImageRun(flags: TrainFlags): ImageRunConfig {
  const model = modelFromFlags(flags);
  const { quantization: { weightBits }, hiddenSize } = model;
  const augment = flags.augment === undefined
    ? ""
    : formatAugmentation(parseAugmentation(flags.augment));
  const learningRate = defaultImageLearningRate(weightBits, hiddenSize);
  return {
    family: "vit",
    model,
    training: trainingOptions(optionsFromFlags(flags, learningRate, LAST_RATE)),
    epochs: flags.epochs ?? null,
    data: {
      ...{ name: flags.data, source: "", sha256: "", augment, mean: [], std: [] },
      ...(flags.labelColumn !== undefined && { labelColumn: flags.labelColumn }),
    },
    init: flags.init === undefined ? null : resolve(flags.init),
  };
}

function modelFromFlags(flags: TrainFlags): VitConfig {
  const { dim, activation } = flags;
  if (activation === "swiglu") {
    throw new InputError("Cannot use --activation swiglu in an image model: it has gelu and relu2");
  }
  const quantization = quantizationFromFlags(flags);
  const tokenizer = tokenizerFromFlags(flags);
  return {
    ...smallVitConfig,
    imageSize: flags.imageSize ?? unknownSize(tokenizer),
    tokenizer,
    pooling: flags.pooling ?? smallVitConfig.pooling,
    hiddenSize: dim,
    intermediateSize: flags.ffn ?? 2 * dim,
    layers: flags.layers,
    heads: flags.heads,
    activation,
    initializerRange: flags.initializerRange ?? defaultImageInitializerRange(dim),
    dropout: flags.dropout,
    stochasticDepth: flags.dropPath ?? 0,
    quantization,
    embedQuantization: quantizationAt(quantization, flags.embedBits ?? 32),
    headQuantization: quantizationAt(quantization, flags.headBits ?? 32),
  };
}

/** A size that any images could have, until it is known what they have. */
function unknownSize(tokenizer: ImageTokenizer): number {
  return tokenizer.kind === "patch" ? tokenizer.patchSize : 2 ** tokenizer.layers;
}

function tokenizerFromFlags(flags: TrainFlags): ImageTokenizer {
  const { convLayers = 0, convChannels, patch } = flags;
  if (convLayers > 0) {
    if (patch === undefined) {
      return { kind: "convolution", layers: convLayers, channels: convChannels ?? 64 };
    }
    throw new InputError(
      `Cannot use both --patch ${patch} and --conv-layers ${convLayers}: give one of them`,
    );
  }
  if (convChannels !== undefined) {
    throw new InputError(
      `Cannot use --conv-channels ${convChannels} without --conv-layers: add it, or leave both out`,
    );
  }
  return { kind: "patch", patchSize: patch ?? UNKNOWN_PATCH };
}

/** Patches of the size that suits the images, if no flag says how they become a sequence. */
function tokenizerFor(
  { tokenizer }: VitConfig,
  flags: TrainFlags,
  { width, channels }: ImageSplit,
): ImageTokenizer {
  if (tokenizer.kind === "convolution" || flags.patch !== undefined) return tokenizer;
  const wanted = channels === 1 ? GRAY_PATCHES : COLOR_PATCHES;
  const sizes = Array.from({ length: width }, (_, i) => i + 1).filter((size) => width % size === 0);
  const distance = (size: number) => Math.abs(Math.log(width / size / wanted));
  return { kind: "patch", patchSize: sizes.reduce((a, b) => distance(b) < distance(a) ? b : a) };
}

/** Finds impossible shapes before any data is loaded. */
export function checkImageRun({ model, training }: ImageRunConfig): void {
  checkVitConfig(model);
  checkTraining(model, training);
}

/**
 * Opens the images of a run.
 *
 * @throws {InputError} If they changed since the run began, do not fit the patches, or are of other classes than the
 *   model that the run starts from.
 */
export async function prepareImageRun(
  draft: ImageRunConfig,
  { flags, directory, context }: PreparationRequest,
): Promise<PreparedTraining> {
  const initial = directory || draft.init === null
    ? undefined
    : await readInitialImageModel(draft.init);
  const known = directory ? draft.model : initial;
  const shape = known ? shapeFor(known) : { imageSize: flags.imageSize };
  const { labelColumn } = draft.data;
  const { imageMemory } = flags;
  const options = { ...shape, labelColumn, imageMemory };
  const dataset = await loadImages(draft.data.name, options, context);
  if (directory) checkUnchanged(directory, dataset.source, draft.data.sha256, dataset.sha256);
  const { train, validation } = withValidation(dataset);

  const stepsOf = (epochs: number) => {
    const { batch, accumulate } = draft.training;
    return Math.max(1, Math.ceil(epochs * train.count / (batch * accumulate)));
  };
  const config: ImageRunConfig = {
    ...draft,
    model: directory ? draft.model : {
      ...draft.model,
      imageSize: train.height,
      tokenizer: tokenizerFor(draft.model, flags, train),
      channels: train.channels,
      labels: dataset.classes,
      layerNormEpsilon: initial?.layerNormEpsilon ?? draft.model.layerNormEpsilon,
      queryKeyValueBias: initial?.queryKeyValueBias ?? draft.model.queryKeyValueBias,
    },
    training: optionsWithEpochs(draft, flags, stepsOf, directory !== undefined),
    data: directory ? draft.data : recordOf(dataset, draft.data),
  };
  checkClasses(config.model, dataset, directory?.path);
  if (initial) {
    checkArchitecture(config, { ...config, model: initial }, draft.init!);
    checkClasses(initial, dataset, draft.init!);
  }

  const { training, data: { mean, std, augment } } = config;
  const augmentation = parseAugmentation(augment);
  const normalization = new Normalization(mean, std);
  const evaluated = (split: typeof train) =>
    new EvaluationBatches(
      split,
      Math.min(imageEvaluationBatch(config.model), split.count),
      normalization,
    );
  const count = (images: number) => images.toLocaleString("en");
  return {
    config,
    facts: [
      `images of ${train.width}×${train.height}${train.channels === 1 ? " in gray" : ""}, ` +
      `${dataset.classes.length} classes`,
      `${count(train.count)} training, ${count(validation.count)} validation and ` +
      `${count(dataset.test.count)} test images from ${dataset.source}, augmented by ${augment}`,
    ],
    open(device: Device): OpenedTraining {
      const model = new ImageClassifier(config.model, device);
      const { batch, accumulate, labelSmoothing } = training;
      const task = new ImageTask(model, {
        train: (start) =>
          new ImageBatches(train, {
            ...{ batch, accumulate, normalization, augmentation, labelSmoothing },
            classes: dataset.classes.length,
          }, start),
        softLabels: mixesImages(augmentation),
        validation: evaluated(validation),
      }, training);
      return {
        task,
        loadInitial: (path) => loadInitialWeights(model, path),
        finish: (run) => testBest(run, model, evaluated(dataset.test), context.interrupted),
        [Symbol.dispose]: () => model[Symbol.dispose](),
      };
    },
  };
}

/** What is kept of the data, and what is done to it. */
function recordOf(dataset: ImageDataset, draft: ImageDataRecord): ImageDataRecord {
  const { canonicalName: name, source, sha256, mean, std } = dataset;
  const augment = draft.augment || defaultAugmentation(dataset);
  return { ...draft, name, source, sha256, augment, mean, std };
}

/** Digits are not mirrored; photographs are. */
function defaultAugmentation({ train: { channels, width } }: ImageDataset): string {
  const crop = Math.max(1, Math.round(width / (channels === 1 ? 14 : 8)));
  return channels === 1 ? `crop:${crop}` : `crop:${crop}+flip`;
}

/** @throws {InputError} If data and model are not of the same classes. */
function checkClasses(
  { labels }: VitConfig,
  { classes, source }: ImageDataset,
  directory: string | undefined,
): void {
  if (directory === undefined || labels.length === classes.length) return;
  throw new InputError(
    `Cannot use the model in ${directory}: it has ${labels.length} classes, ` +
      `${source} has ${classes.length}; choose data of the same classes, or start anew`,
  );
}

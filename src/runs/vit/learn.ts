/**
 * Stations 2 and 3 of an image model: its images are opened, and say what no option does.
 *
 * @module
 */
import { mixesImages, parseAugmentation } from "../../data/images/augment/augmentation.ts";
import { Normalization } from "../../data/images/augment/normalization.ts";
import { ImageBatches } from "../../data/images/image_batches.ts";
import type { ImageDataset, ImageSplit } from "../../data/images/image_split.ts";
import { matchClasses } from "../../data/images/match_classes.ts";
import { withValidation } from "../../data/images/validation_part.ts";
import type { ImageTokenizer, VitConfig } from "../../models/vit/config.ts";
import type { ImageClassifier } from "../../models/vit/model.ts";
import { PREPROCESSOR_FILE, preprocessorToJson } from "../../models/vit/preprocessor.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { DataSource } from "../../train/run_config.ts";
import type { InitialModel, LearnedData, LearnRequest } from "../family.ts";
import { checkUnchanged } from "../recipe.ts";
import type { WorkHooks } from "../work.ts";
import type { VitRunOptions } from "./draft.ts";
import { evaluateImages, type ImageEvaluation, imageEvaluationBatch } from "./evaluation.ts";
import { EvaluationBatches } from "./evaluation_batches.ts";
import { loadImages, shapeFor } from "./load_images.ts";
import type { ImageDataRecord, ImageRunConfig } from "./run_config.ts";
import { ImageTask } from "./task.ts";

/**
 * Opens the images of a run.
 *
 * @throws {InputError} If they changed since the run began.
 */
export async function learnImages(
  { draft, options, stored, initial }: LearnRequest<VitConfig, ImageDataRecord, VitRunOptions>,
  work: WorkHooks,
): Promise<LearnedImages> {
  const known = stored ? draft.model : initial?.config;
  const shape = known ? shapeFor(known) : { imageSize: options.imageSize };
  const { name, sha256, labelColumn } = draft.data;
  const loading = { ...shape, labelColumn, imageMemory: options.imageMemory };
  const dataset = await loadImages(name, loading, work);
  if (stored) checkUnchanged(stored, dataset.source, sha256, dataset.sha256);
  // The classes keep the order of the weights that are there already.
  return new LearnedImages(
    known === undefined ? dataset : matchClasses(
      dataset,
      known.labels,
      `use the model in ${stored?.path ?? initial?.directory} on`,
    ),
  );
}

/** Images, and what they say of a run. */
class LearnedImages
  implements LearnedData<VitConfig, ImageClassifier, ImageDataRecord, VitRunOptions> {
  readonly #dataset: ImageDataset;
  /** Images to learn, and those that are held out. */
  readonly #parts: { readonly train: ImageSplit; readonly validation: ImageSplit };
  readonly tokenizer = undefined;

  constructor(dataset: ImageDataset) {
    this.#dataset = dataset;
    this.#parts = withValidation(dataset);
  }

  get source(): DataSource {
    const { canonicalName: name, source, sha256 } = this.#dataset;
    return { name, source, sha256 };
  }

  /** What no option says has to be as the weights that a run starts from have learned it. */
  complete(
    draft: ImageRunConfig,
    options: VitRunOptions,
    initial: InitialModel<VitConfig> | undefined,
  ): ImageRunConfig {
    const { train } = this.#parts;
    const { mean, std, classes } = this.#dataset;
    const augment = draft.data.augment || defaultAugmentation(train);
    return {
      ...draft,
      model: {
        ...draft.model,
        imageSize: train.height,
        tokenizer: tokenizerFor(draft.model, options, train),
        channels: train.channels,
        labels: classes,
        layerNormEpsilon: initial?.config.layerNormEpsilon ?? draft.model.layerNormEpsilon,
        queryKeyValueBias: initial?.config.queryKeyValueBias ?? draft.model.queryKeyValueBias,
      },
      data: { ...draft.data, ...this.source, augment, mean, std },
    };
  }

  companions({ model, data }: ImageRunConfig): Readonly<Record<string, unknown>> {
    return { [PREPROCESSOR_FILE]: preprocessorToJson(model, data) };
  }

  stepsOfEpochs(epochs: number, { batch, accumulate }: TrainingOptions): number {
    return Math.max(1, Math.ceil(epochs * this.#parts.train.count / (batch * accumulate)));
  }

  /** Nothing is left to be checked: a model that was there before the data has told its classes. */
  check(): void {}

  describe({ data: { augment } }: ImageRunConfig): string[] {
    const { train, validation } = this.#parts;
    const { classes, test, source } = this.#dataset;
    const count = (images: number) => images.toLocaleString("en");
    return [
      `images of ${train.width}×${train.height}${train.channels === 1 ? " in gray" : ""}, ` +
      `${classes.length} classes`,
      `${count(train.count)} training, ${count(validation.count)} validation and ` +
      `${count(test.count)} test images from ${source}, augmented by ${augment}`,
    ];
  }

  task(model: ImageClassifier, config: ImageRunConfig): ImageTask {
    const { training, data: { mean, std, augment } } = config;
    const { batch, accumulate, labelSmoothing } = training;
    const { train, validation } = this.#parts;
    const { length: classes } = this.#dataset.classes;
    const augmentation = parseAugmentation(augment);
    const normalization = new Normalization(mean, std);
    const shared = { batch, accumulate, normalization, augmentation, labelSmoothing, classes };
    return new ImageTask(model, {
      train: (start) => new ImageBatches(train, shared, start),
      softLabels: mixesImages(augmentation),
      validation: evaluated(validation, config),
    }, training);
  }

  async test(
    model: ImageClassifier,
    config: ImageRunConfig,
    signal: AbortSignal | undefined,
  ): Promise<ImageEvaluation> {
    return await evaluateImages(model, evaluated(this.#dataset.test, config), { signal });
  }
}

function evaluated(split: ImageSplit, { model, data }: ImageRunConfig): EvaluationBatches {
  const batch = Math.min(imageEvaluationBatch(model), split.count);
  return new EvaluationBatches(split, batch, new Normalization(data.mean, data.std));
}

/** Patches across an image, as far as its size allows: colors come with more to see. */
const GRAY_PATCHES = 4;
const COLOR_PATCHES = 8;

/** Patches of the size that suits the images, if no option says how they become a sequence. */
function tokenizerFor(
  { tokenizer }: VitConfig,
  { patch }: VitRunOptions,
  { width, channels }: ImageSplit,
): ImageTokenizer {
  if (tokenizer.kind === "convolution" || patch !== undefined) return tokenizer;
  const wanted = channels === 1 ? GRAY_PATCHES : COLOR_PATCHES;
  const sizes = Array.from({ length: width }, (_, i) => i + 1).filter((size) => width % size === 0);
  const distance = (size: number) => Math.abs(Math.log(width / size / wanted));
  return { kind: "patch", patchSize: sizes.reduce((a, b) => distance(b) < distance(a) ? b : a) };
}

/** Digits are not mirrored; photographs are. */
function defaultAugmentation({ channels, width }: ImageSplit): string {
  const crop = Math.max(1, Math.round(width / (channels === 1 ? 14 : 8)));
  return channels === 1 ? `crop:${crop}` : `crop:${crop}+flip`;
}

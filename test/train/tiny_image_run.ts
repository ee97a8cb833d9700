/**
 * Training runs of the smallest image model, in a folder of their own.
 *
 * @module
 */
import { parseAugmentation } from "../../src/data/images/augment/augmentation.ts";
import { mixesImages } from "../../src/data/images/augment/augmentation.ts";
import { Normalization } from "../../src/data/images/augment/normalization.ts";
import { ImageBatches } from "../../src/data/images/image_batches.ts";
import { MemorySplit } from "../../src/data/images/memory_split.ts";
import { Random } from "../../src/random.ts";
import type { Device } from "../../src/device/device.ts";
import { ImageClassifier } from "../../src/models/vit/model.ts";
import { loadCheckpoint, readRunState, type RunState } from "../../src/train/checkpoint.ts";
import { EvaluationBatches } from "../../src/runs/vit/evaluation_batches.ts";
import type { ImageEvaluation } from "../../src/runs/vit/evaluation.ts";
import { ImageTask, type ImageTrainingData } from "../../src/runs/vit/task.ts";
import type { TrainingOptions } from "../../src/train/options.ts";
import type { ImageRunConfig } from "../../src/runs/vit/run_config.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { trainTask } from "../../src/train/trainer.ts";
import type { TrainingHooks, TrainingResult } from "../../src/train/training_hooks.ts";
import { TINY_CLASSES, tinyVitConfig } from "../tiny_images.ts";
import { tinyOptions } from "./tiny_run.ts";

/** Size of the images that {@link tinyVitConfig} reads. */
const SIZE = { height: 8, width: 8, channels: 3 } as const;
const MEAN = [0.5, 0.5, 0.5];

/** Noisy images whose class is how bright they are. */
export function brightImages(count: number, seed = 0): MemorySplit {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % TINY_CLASSES);
  const pixels = Uint8Array.from(
    { length: count * 8 * 8 * 3 },
    (_, i) => 40 * labels[Math.floor(i / 192)] + random.integer(60),
  );
  return new MemorySplit(SIZE, pixels, labels);
}

/** Data of {@link brightImages}, in batches as the options say. */
export function brightData(
  { batch, accumulate, labelSmoothing }: TrainingOptions,
  augment = "none",
): ImageTrainingData {
  const normalization = new Normalization(MEAN, MEAN);
  const augmentation = parseAugmentation(augment);
  const split = brightImages(37);
  const options = {
    ...{ batch, accumulate, labelSmoothing, normalization, augmentation },
    classes: TINY_CLASSES,
  };
  return {
    train: (start) => new ImageBatches(split, options, start),
    softLabels: mixesImages(augmentation),
    validation: new EvaluationBatches(brightImages(20, 1), 8, normalization),
  };
}

/** What {@link runTinyImages} needs to know. */
export interface TinyImageRun {
  readonly device: Device;
  readonly path: string;
  readonly options?: Partial<TrainingOptions>;
  readonly config?: Parameters<typeof tinyVitConfig>[0];
  readonly augment?: string;
  /** Checkpoint to go on from. */
  readonly from?: string;
  readonly hooks?: TrainingHooks;
}

/** Trains, or goes on with a run. */
export async function runTinyImages(run: TinyImageRun): Promise<TrainingResult<ImageEvaluation>> {
  const { device, path, augment = "none", from, hooks } = run;
  const training = tinyOptions(run.options);
  const model = tinyVitConfig(run.config);
  const directory = new RunDirectory(path);
  const source = { name: "bright", source: "bright", sha256: "" };
  const config: ImageRunConfig = {
    family: "vit",
    model,
    training,
    epochs: null,
    data: { ...source, augment, mean: MEAN, std: MEAN },
    init: null,
  };
  using trained = new ImageClassifier(model, device);
  let state: RunState | undefined;
  if (from === undefined) {
    trained.memory.initialize(training.seed);
    await directory.create(config);
  } else {
    state = await readRunState(from);
    await loadCheckpoint(from, trained);
    await directory.rewindTo(state.step);
  }
  const task = new ImageTask(trained, brightData(training, augment), training);
  return await trainTask(task, training, directory, state, hooks);
}

/**
 * `eval` of an image model: how good it is on images, and what it takes for what.
 *
 * @module
 */
import { Normalization } from "../data/images/augment/normalization.ts";
import { withValidation } from "../data/images/validation_part.ts";
import type { ImageDataset, ImageSplit } from "../data/images/image_split.ts";
import type { Device } from "../device/device.ts";
import { InputError } from "../errors.ts";
import { confusionDrawing } from "../figures/confusion.ts";
import { writeFigures } from "../figures/draw.ts";
import { renderSvg } from "../figures/render_svg.ts";
import { loadImageClassifier } from "../models/model_directory.ts";
import { ConfusionMatrix } from "../train/confusion_matrix.ts";
import { EvaluationBatches } from "../train/evaluation_batches.ts";
import { evaluateImages, type ImageEvaluation } from "../train/image_evaluation.ts";
import type { StoredData } from "../train/run_config.ts";
import type { RunDirectory } from "../train/run_directory.ts";
import type { ParsedFlags } from "./commands.ts";
import type { CommandContext } from "./context.ts";
import { loadImages, shapeFor } from "./loaded_images.ts";

type EvalFlags = ParsedFlags<"eval">;

/** How well one class is recognised. */
export interface ClassAccuracy {
  readonly name: string;
  readonly images: number;
  /** Share that was taken for it, 0 to 1; null where there is no image of it. */
  readonly accuracy: number | null;
}

/** What `eval --json` prints for an image model. */
export interface ImageReport extends ImageEvaluation {
  readonly classes: readonly ClassAccuracy[];
  /** Row by row the images of a class, by the class they were taken for. */
  readonly confusion: readonly (readonly number[])[];
  /** Paths of the figure. */
  readonly figures: readonly string[];
}

/** So many classes are listed one by one; of more only those that are recognised worst. */
const LISTED_CLASSES = 20;

/**
 * Evaluates an image model.
 *
 * @param directory Its run or model directory.
 */
export async function evaluateImageRun(
  directory: RunDirectory,
  flags: EvalFlags,
  device: Device,
  context: CommandContext,
): Promise<ImageReport> {
  using model = await loadImageClassifier(directory.path, device);
  const record = await recordOf(directory, flags);
  const { labels } = model.config;
  const name = flags.data ?? record!.name;
  const dataset = await loadImages(name, shapeFor(model.config), context);
  checkData(directory, dataset, labels, flags.data === undefined ? record : undefined);
  const split = splitOf(dataset, flags.split);
  context.note(`${directory.path} on the ${flags.split} split of ${dataset.source}`);

  const { mean = dataset.mean, std = dataset.std } = record ?? {};
  const batch = Math.min(flags.batch, split.count);
  const confusion = new ConfusionMatrix(labels.length);
  using progress = context.progress(split.count, "eval", "images");
  const evaluation = await evaluateImages(
    model,
    new EvaluationBatches(split, batch, new Normalization(mean, std)),
    { confusion, onImages: (done) => progress.update(done), signal: context.interrupted },
  );
  const report: ImageReport = {
    ...evaluation,
    classes: labels.map((name, label) => ({
      name,
      images: confusion.images(label),
      accuracy: confusion.accuracy(label),
    })),
    confusion: labels.map((_, label) => labels.map((_, other) => confusion.count(label, other))),
    figures: flags.figures ? await draw(directory, flags.split, dataset, labels, confusion) : [],
  };
  if (!context.json) print(report, context);
  return report;
}

/** What the run was trained on; undefined if it is a mere model, which needs `--data`. */
async function recordOf(
  directory: RunDirectory,
  flags: EvalFlags,
): Promise<StoredData | undefined> {
  try {
    return await directory.readData();
  } catch (error) {
    if (flags.data !== undefined && error instanceof InputError) return undefined;
    throw error;
  }
}

/** @throws {InputError} If the data is of other classes, or not what the run was trained on any more. */
function checkData(
  { path }: RunDirectory,
  { classes, sha256, source }: ImageDataset,
  labels: readonly string[],
  record: StoredData | undefined,
): void {
  if (classes.length !== labels.length) {
    throw new InputError(
      `Cannot evaluate ${path} on ${source}: its model has ${labels.length} classes, the data ` +
        `${classes.length}; choose data of the same classes`,
    );
  }
  if (record === undefined || record.sha256 === sha256) return;
  throw new InputError(
    `Cannot evaluate ${path} on the images it was trained on: ${source} has changed since; name it ` +
      "with --data to evaluate on it as it is",
  );
}

function splitOf(dataset: ImageDataset, split: EvalFlags["split"]): ImageSplit {
  if (split === "test") return dataset.test;
  if (split === "all") {
    throw new InputError(
      "Cannot evaluate on --split all: images have no such split, choose train, val or test",
    );
  }
  const { train, validation } = withValidation(dataset);
  return split === "train" ? train : validation;
}

async function draw(
  { figuresPath }: RunDirectory,
  split: string,
  { name: data }: ImageDataset,
  classes: readonly string[],
  { counts }: ConfusionMatrix,
): Promise<string[]> {
  const drawing = confusionDrawing({ classes, counts });
  const name = `confusion-${split}`;
  const svg = await renderSvg(drawing, `${data}, ${split} split`, name);
  return await writeFigures(figuresPath, [{ name, ...drawing, svg }]);
}

function print(report: ImageReport, context: CommandContext): void {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  context.print(`loss    ${report.loss.toFixed(4)} nats per image`);
  context.print(`top-1   ${percent(report.top1)}`);
  context.print(`top-5   ${percent(report.top5)}`);
  context.print(`images  ${report.images.toLocaleString("en")}`);
  const judged = report.classes.filter(({ accuracy }) => accuracy !== null);
  const isLong = judged.length > LISTED_CLASSES;
  const listed = isLong
    ? judged.toSorted((a, b) => a.accuracy! - b.accuracy!).slice(0, LISTED_CLASSES)
    : judged;
  if (isLong) context.print(`the ${LISTED_CLASSES} classes of ${judged.length} recognised worst:`);
  const width = Math.max(...listed.map(({ name }) => name.length));
  for (const { name, images, accuracy } of listed) {
    context.print(
      `  ${name.padEnd(width)}  ${percent(accuracy!).padStart(8)} of ${
        images.toLocaleString("en")
      }`,
    );
  }
  for (const path of report.figures) context.note(path);
}

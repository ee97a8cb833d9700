/**
 * `eval` of an image model: how good it is on images, and what it takes for what.
 *
 * @module
 */
import type { ImageDataset } from "../../../data/images/image_split.ts";
import type { Device } from "../../../device/device.ts";
import { confusionDrawing } from "../../../figures/confusion.ts";
import { writeFigures } from "../../../figures/draw.ts";
import { renderSvg } from "../../../figures/render_svg.ts";
import { loadImageClassifier } from "../../../models/vit/load.ts";
import { ConfusionMatrix } from "../../../train/confusion_matrix.ts";
import { EvaluationBatches } from "../../../train/evaluation_batches.ts";
import {
  evaluateImages,
  type ImageEvaluation,
  imageEvaluationBatch,
} from "../../../train/image_evaluation.ts";
import type { RunDirectory } from "../../../train/run_directory.ts";
import type { ParsedFlags } from "../../flags/commands.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { evaluationImages } from "./evaluation_data.ts";

type EvalFlags = ParsedFlags<"eval">;

/** How well one class is recognized. */
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

/** So many classes are listed one by one; of more only those that are recognized worst. */
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
  const { labels } = model.config;
  const { dataset, split, normalization } = await evaluationImages(
    flags,
    directory,
    model.config,
    context,
  );
  context.note(`${directory.path} on the ${flags.split} split of ${dataset.source}`);

  const asked = flags.given.has("batch") ? flags.batch : imageEvaluationBatch(model.config);
  const batch = Math.min(asked, split.count);
  const confusion = new ConfusionMatrix(labels.length);
  using progress = context.progress(split.count, "eval", "images");
  const evaluation = await evaluateImages(
    model,
    new EvaluationBatches(split, batch, normalization),
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
  const evaluated = report.classes.filter(({ accuracy }) => accuracy !== null);
  const isLong = evaluated.length > LISTED_CLASSES;
  const listed = isLong
    ? evaluated.toSorted((a, b) => a.accuracy! - b.accuracy!).slice(0, LISTED_CLASSES)
    : evaluated;
  if (isLong) {
    context.print(`the ${LISTED_CLASSES} classes of ${evaluated.length} recognized worst:`);
  }
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

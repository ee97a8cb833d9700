/**
 * How good an image model is on images, and what it takes for what.
 *
 * @module
 */
import type { ImageDataset } from "../../data/images/image_split.ts";
import { confusionDrawing } from "../../figures/confusion.ts";
import { writeFigures } from "../../figures/draw.ts";
import { renderSvg } from "../../figures/render_svg.ts";
import { loadImageClassifier } from "../../models/vit/load.ts";
import type { RunDirectory } from "../../train/run_directory.ts";
import type { EvaluationRequest, Report } from "../family.ts";
import { percent } from "../metrics.ts";
import type { OptionsOfTable } from "../options/values.ts";
import { ConfusionMatrix } from "./confusion_matrix.ts";
import { evaluateImages, type ImageEvaluation, imageEvaluationBatch } from "./evaluation.ts";
import { EvaluationBatches } from "./evaluation_batches.ts";
import { evaluationImages } from "./evaluation_data.ts";
import type { VIT_EVALUATION_OPTIONS, VIT_REPORT_OPTIONS } from "./options.ts";

/** What an image model is evaluated on. */
export type VitEvaluationOptions = OptionsOfTable<typeof VIT_EVALUATION_OPTIONS>;

/** How an image model is evaluated. */
type VitReportOptions = OptionsOfTable<typeof VIT_EVALUATION_OPTIONS & typeof VIT_REPORT_OPTIONS>;

/** How well one class is recognized. */
export interface ClassAccuracy {
  readonly name: string;
  readonly images: number;
  /** Share that was taken for it, 0 to 1; null where there is no image of it. */
  readonly accuracy: number | null;
}

/** The evaluation of an image model as JSON. */
export interface ImageReport extends ImageEvaluation {
  readonly classes: readonly ClassAccuracy[];
  /** Row by row the images of a class, by the class they were taken for. */
  readonly confusion: readonly (readonly number[])[];
  /** Paths of the figure. */
  readonly figures: readonly string[];
}

/** So many classes are listed one by one; of more only those that are recognized worst. */
const LISTED_CLASSES = 20;

/** Evaluates the image model in a run or model directory. */
export async function evaluateImageRun(
  { directory, options, device, work }: EvaluationRequest<VitReportOptions>,
): Promise<Report<ImageReport>> {
  using model = await loadImageClassifier(directory.path, device, { onNote: work.onNote });
  const { labels } = model.config;
  const { dataset, split, normalization } = await evaluationImages(
    options,
    directory,
    model.config,
    work,
  );
  work.onNote?.(`${directory.path} on the ${options.split} split of ${dataset.source}`);

  const { count: total } = split;
  const batch = Math.min(options.batch ?? imageEvaluationBatch(model.config), total);
  const confusion = new ConfusionMatrix(labels.length);
  const evaluation = await evaluateImages(
    model,
    new EvaluationBatches(split, batch, normalization),
    {
      confusion,
      onImages: (done) => work.onProgress?.({ label: "eval", unit: "images", done, total }),
      signal: work.signal,
    },
  );
  const result: ImageReport = {
    ...evaluation,
    classes: labels.map((name, label) => ({
      name,
      images: confusion.images(label),
      accuracy: confusion.accuracy(label),
    })),
    confusion: labels.map((_, label) => labels.map((_, other) => confusion.count(label, other))),
    figures: options.figures
      ? await draw(directory, options.split, dataset, labels, confusion).catch((error) => {
        const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
        work.onNote?.(`No figure: ${why}`);
        return [];
      })
      : [],
  };
  for (const path of result.figures) work.onNote?.(path);
  return { result, lines: describe(result) };
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

function describe(report: ImageReport): string[] {
  const lines = [
    `loss    ${report.loss.toFixed(4)} nats per image`,
    `top-1   ${percent(report.top1)}`,
    `top-5   ${percent(report.top5)}`,
    `images  ${report.images.toLocaleString("en")}`,
  ];
  const evaluated = report.classes.filter(({ accuracy }) => accuracy !== null);
  const isLong = evaluated.length > LISTED_CLASSES;
  const listed = isLong
    ? evaluated.toSorted((a, b) => a.accuracy! - b.accuracy!).slice(0, LISTED_CLASSES)
    : evaluated;
  if (isLong) {
    lines.push(`the ${LISTED_CLASSES} classes of ${evaluated.length} recognized worst:`);
  }
  const width = Math.max(...listed.map(({ name }) => name.length));
  for (const { name, images, accuracy } of listed) {
    const share = percent(accuracy!).padStart(8);
    lines.push(`  ${name.padEnd(width)}  ${share} of ${images.toLocaleString("en")}`);
  }
  return lines;
}

/**
 * The list of charts: one line each.
 *
 * @module
 */
import type { Chart } from "./chart.ts";
import { finalLoss } from "./charts/final_loss.ts";
import { floatGap } from "./charts/float_gap.ts";
import { gradientNorm } from "./charts/gradient_norm.ts";
import { layerError } from "./charts/layer_error.ts";
import { loss } from "./charts/loss.ts";
import { sizeAccuracy } from "./charts/size_accuracy.ts";
import { sizeLoss } from "./charts/size_loss.ts";
import { sparsity } from "./charts/sparsity.ts";
import { thresholds } from "./charts/thresholds.ts";
import { codeHistogram, weightHistogram } from "./charts/weights.ts";

/** Every chart, in the order of a report. */
export const charts: readonly Chart[] = [
  finalLoss,
  floatGap,
  sizeLoss,
  sizeAccuracy,
  loss,
  layerError,
  weightHistogram,
  codeHistogram,
  sparsity,
  thresholds,
  gradientNorm,
];

/** Names of the charts that show a single run. */
export function runCharts(): string[] {
  return charts.filter(({ compares }) => !compares).map(({ name }) => name);
}

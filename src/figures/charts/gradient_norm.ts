/**
 * Gradients while training.
 *
 * @module
 */
import type { Chart } from "../chart.ts";
import type { StepValue } from "../figure_data.ts";
import { seriesScales } from "../palette.ts";
import { curves } from "../parts.ts";
import { meanOf } from "../mean_and_deviation.ts";
import { seedSpread } from "../seed_spread.ts";

/** More points than this are averaged to so many. */
const MOST_POINTS = 50;

/** Norm of the gradients before clipping. */
export const gradientNorm: Chart = {
  name: "gradient-norm",
  compares: false,
  needs: "lines with a gradient norm in metrics.jsonl",
  draw({ series }) {
    const values = series.flatMap((one) => seedSpread(one, (run) => averaged(run.gradientNorm)))
      .filter(({ low }) => low > 0);
    if (values.length === 0) return undefined;
    const areAveraged = series.some(({ runs }) =>
      runs.some((run) => run.gradientNorm.length > MOST_POINTS)
    );
    const scales = seriesScales(series);
    const title = "Norm of all gradients (before clipping)";
    return {
      title: "Gradient norm while training",
      caption: "A norm that rises to the end is a sign of a learning rate too high" +
        (areAveraged ? `; each point is the mean of a ${MOST_POINTS}th of the run.` : "."),
      specification: curves(values, scales, {
        title,
        width: 560,
        hasPoints: values.length === series.length,
        hasBand: series.length === 1,
        isLogarithmic: true,
      }),
    };
  },
};

/** Means over equal stretches of a long curve. */
function averaged(curve: readonly StepValue[]): readonly StepValue[] {
  if (curve.length <= MOST_POINTS) return curve;
  return Array.from({ length: MOST_POINTS }, (_, index) => {
    const [from, to] = [index, index + 1].map((i) => Math.floor(i * curve.length / MOST_POINTS));
    const stretch = curve.slice(from, to);
    return { step: stretch.at(-1)!.step, value: meanOf(stretch.map(({ value }) => value)) };
  });
}

/**
 * What is taken for what: the confusion matrix of a classifier.
 *
 * @module
 */
import type { Drawing } from "./chart.ts";
import { INK, MUTED } from "./palette.ts";

/** What is drawn. */
export interface ConfusionData {
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** (classes, classes) images: row by row those of a class, by the class they were taken for. */
  readonly counts: ArrayLike<number>;
}

/** Up to this many classes each cell says how many images it stands for. */
const COUNTED_CLASSES = 20;
/** Up to this many classes have their names on the axes. */
const NAMED_CLASSES = 60;
const SIDE = 440;
/** Of a cell in which all images of its class are; the number in it must stay readable. */
const STRONGEST = 0.75;
const BLUE = "#0072b2";
const VERMILION = "#d55e00";

/** Rows are the classes of the images, columns what they were taken for; the diagonal is right. */
export function confusionDrawing({ classes, counts }: ConfusionData): Drawing {
  const C = classes.length;
  const cells = Array.from({ length: C * C }, (_, i) => {
    const [row, column] = [Math.floor(i / C), i % C];
    let images = 0;
    for (let other = 0; other < C; other++) images += counts[row * C + other];
    const isRight = row === column;
    const share = images === 0 ? 0 : counts[i] / images;
    return { row, column, count: counts[i], share, isRight };
  });
  const wrong = cells.filter(({ isRight, count }) => !isRight && count > 0);
  const worst = wrong.length === 0 ? undefined : wrong.reduce((a, b) => b.count > a.count ? b : a);
  const names = JSON.stringify(classes);
  const axis = (title: string, more: Readonly<Record<string, unknown>>) => ({
    title,
    grid: false,
    labels: C <= NAMED_CLASSES,
    ticks: false,
    domain: false,
    labelExpr: `${names}[datum.value]`,
    labelLimit: 110,
    ...more,
  });
  const x = {
    field: "column",
    type: "ordinal",
    axis: axis("Taken for", {
      orient: "top",
      labelAngle: C > 10 || longest(classes) > 5 ? -45 : 0,
    }),
  };
  const y = { field: "row", type: "ordinal", axis: axis("Is", {}) };
  return {
    title: "What is taken for what",
    caption:
      "Each row are the images of a class; the stronger a cell, the larger its share of them. " +
      (worst === undefined
        ? "None is taken for another."
        : `Most often ${classes[worst.row]} is taken for ${
          classes[worst.column]
        }, ${worst.count} times.`),
    specification: {
      width: SIDE,
      height: SIDE,
      data: { values: cells },
      encoding: { x, y },
      layer: [
        {
          mark: { type: "rect", stroke: MUTED, strokeOpacity: 0.25, strokeWidth: 0.5 },
          encoding: {
            color: {
              field: "isRight",
              type: "nominal",
              scale: { domain: [true, false], range: [BLUE, VERMILION] },
              legend: null,
            },
            fillOpacity: {
              field: "share",
              type: "quantitative",
              scale: { type: "sqrt", domain: [0, 1], range: [0, STRONGEST] },
              legend: null,
            },
          },
        },
        ...C <= COUNTED_CLASSES
          ? [{
            transform: [{ filter: "datum.count > 0" }],
            mark: { type: "text", fontSize: 10.5, color: INK },
            encoding: { text: { field: "count", type: "quantitative", format: ",d" } },
          }]
          : [],
      ],
    },
  };
}

function longest(names: readonly string[]): number {
  return Math.max(...names.map(({ length }) => length));
}

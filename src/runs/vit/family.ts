/**
 * Runs of image models. What needs more than the options is loaded when it is called for.
 *
 * @module
 */
import { vitFamily } from "../../models/vit/family.ts";
import { defaultImageLearningRate } from "../../train/options.ts";
import { defineFamily, type RunFamily } from "../family.ts";
import { percent } from "../metrics.ts";
import { draftImages } from "./draft.ts";
import {
  VIT_EVALUATION_OPTIONS,
  VIT_OPTIONS,
  VIT_PREPARATION_OPTIONS,
  VIT_REPORT_OPTIONS,
  WIDTH_OPTIONS,
} from "./options.ts";
import { imagesPerStep } from "./run_config.ts";

/** The learning rate ends at this share of its peak. */
const LAST_RATE = 0.01;

/** Runs of image models. */
export const vitRuns: RunFamily<typeof VIT_OPTIONS> = defineFamily({
  models: vitFamily,
  options: VIT_OPTIONS,
  unit: "image",
  unitsPerStep: imagesPerStep,

  draft: draftImages,
  rates: ({ quantization: { weightBits }, hiddenSize }) => ({
    learningRate: defaultImageLearningRate(weightBits, hiddenSize),
    lastShare: LAST_RATE,
  }),
  learn: async (request, work) => await (await import("./learn.ts")).learnImages(request, work),

  metrics: [
    { name: "top1", words: "top-1", digits: 4, isShare: true },
    { name: "top5", words: "top-5", digits: 4, isShare: true },
  ],
  results: [
    { name: "accuracy", split: "val", metric: "top1" },
    {
      ...{ name: "test_accuracy", split: "test", metric: "top1", deviation: "test_deviation" },
      ...{ header: "test accuracy", title: "Test accuracy" },
      text: (mean, deviation) =>
        percent(mean) + (deviation === null ? "" : ` ± ${(100 * deviation).toFixed(2)}`),
      note: "test accuracy is that of the weights with the lowest validation loss",
    },
    { name: "test_loss", split: "test", metric: "loss", onlyResult: true },
  ],
  testMetric: "top1",
  nameOfUnit: () => Promise.resolve("image"),

  evaluationOptions: VIT_EVALUATION_OPTIONS,
  reportOptions: VIT_REPORT_OPTIONS,
  evaluate: async (request) => await (await import("./evaluate.ts")).evaluateImageRun(request),

  widthOptions: WIDTH_OPTIONS,
  openFloat: async (request) => await (await import("./float.ts")).openFloatImages(request),

  openText: undefined,
  drawPictures: async (request) => await (await import("./pictures.ts")).drawImagePictures(request),

  listData: async () => (await import("./data.ts")).listImages(),
  claimsData: async (name) => (await import("../../data/images/open_images.ts")).namesImages(name),
  dataFacts: async (name, work) => await (await import("./data.ts")).imageFacts(name, work),
  resolveData: async (draft, options, work) =>
    await (await import("./data.ts")).resolveImages(draft, options, work),
  shareData: () => Promise.resolve({}),
  preparationOptions: VIT_PREPARATION_OPTIONS,
  prepareData: async (options, work) =>
    await (await import("./data.ts")).prepareImages(options, work),
});

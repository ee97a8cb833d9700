/**
 * Runs of language models. What needs more than the options is loaded when it is called for.
 *
 * @module
 */
import { textFamily } from "../../models/text/family.ts";
import { defaultLastRate, defaultLearningRate } from "../../train/options.ts";
import { defineFamily, type RunFamily } from "../family.ts";
import { percent } from "../metrics.ts";
import { draftText } from "./draft.ts";
import {
  TEXT_DATA_OPTIONS,
  TEXT_EVALUATION_OPTIONS,
  TEXT_OPTIONS,
  TEXT_REPORT_OPTIONS,
} from "./options.ts";
import { tokensPerStep } from "./run_config.ts";

/** Runs of language models. */
export const textRuns: RunFamily<typeof TEXT_OPTIONS> = defineFamily({
  models: textFamily,
  options: TEXT_OPTIONS,
  unit: "token",
  unitsPerStep: tokensPerStep,

  draft: draftText,
  rates: ({ quantization: { weightBits }, hiddenSize }) => ({
    learningRate: defaultLearningRate(weightBits, hiddenSize),
    lastShare: defaultLastRate(weightBits),
  }),
  learn: async (request, work) => await (await import("./learn.ts")).learnText(request, work),

  metrics: [
    { name: "perplexity", words: "perplexity", digits: 3 },
    { name: "bits_per_byte", words: "bits/byte", digits: 3 },
    { name: "accuracy", words: "accuracy", digits: 3 },
  ],
  results: [
    {
      ...{ name: "perplexity", split: "val", metric: "perplexity", ofLoss: Math.exp },
      ...{ header: "perplexity", title: "Perplexity", text: (mean) => mean.toFixed(2) },
      note: "perplexity is e to the mean loss",
    },
    {
      ...{ name: "bits_per_byte", split: "val", metric: "bits_per_byte" },
      ...{ title: "Bits per byte", text: (mean) => mean.toFixed(3) },
    },
    {
      ...{ name: "accuracy", split: "val", metric: "accuracy" },
      ...{ title: "Accuracy", text: (mean) => percent(mean, 1) },
    },
  ],
  testMetric: undefined,
  nameOfUnit: async (run) => await (await import("./name_of_unit.ts")).nameOfToken(run),

  evaluationOptions: TEXT_EVALUATION_OPTIONS,
  reportOptions: TEXT_REPORT_OPTIONS,
  evaluate: async (request) => await (await import("./evaluate.ts")).evaluateTextRun(request),

  widthOptions: {},
  openFloat: async (request, calibrated) =>
    await (await import("./float.ts")).openFloatText(request, calibrated),

  openText: async (directory, device) =>
    await (await import("./open_run.ts")).openTextRun(directory, device),
  drawPictures: () => Promise.resolve([]),

  listData: async () => (await import("./data.ts")).listTexts(),
  claimsData: () => Promise.resolve(false),
  dataFacts: async (name, work) => await (await import("./data.ts")).textFacts(name, work),
  resolveData: async (draft, _, work) => await (await import("./data.ts")).resolveText(draft, work),
  shareData: async (options, tokenizer, write) =>
    await (await import("./data.ts")).shareTokenizer(options, tokenizer, write),
  preparationOptions: TEXT_DATA_OPTIONS,
  prepareData: async (options, work) =>
    await (await import("./data.ts")).prepareText(options, work),
});

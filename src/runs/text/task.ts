/**
 * Learning text: windows of tokens, loss over a held-out text, samples.
 *
 * @module
 */
import type { TextBatch } from "../../data/text/batches.ts";
import type { BatchIterable } from "../../data/text/batch_iterable.ts";
import type { Plan } from "../../device/device.ts";
import type { Random, RandomState } from "../../random.ts";
import { isTokens, type Tokens, tokenSource } from "../../data/text/token_source.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { generate } from "../../infer/generate.ts";
import type { LanguageModel } from "../../models/text/model.ts";
import { evaluateSplit, type Evaluation, evaluationBatch } from "./evaluation.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { StepBatches } from "../../train/task.ts";
import { textBatches } from "./text_batches.ts";
import { TrainingStep } from "../../train/step.ts";
import { tokensPerStep } from "./run_config.ts";
import type { Metrics, TrainingTask } from "../../train/task.ts";
import type { Reduction } from "../../train/reduction.ts";

/** What a language model learns from. */
export interface TextTrainingData {
  /**
   * Token ids to learn, as one text, or custom batches: (B, T) each, as the options say. Batches that end are
   * iterated over again.
   */
  readonly train: Tokens | BatchIterable;
  /** Token ids that are held out to be predicted, or batches that can be iterated over for every evaluation. */
  readonly validation: Tokens | BatchIterable;
  /** UTF-8 bytes of the validation tokens that are predicted. */
  readonly validationBytes: number;
  /** Turns sampled ids into text. */
  readonly tokenizer: Tokenizer;
}

const SAMPLE_TOKENS = 160;

/** A language model that learns a text. */
export class TextTask implements TrainingTask<TextBatch, Evaluation> {
  /** A loss is nats per token. */
  readonly unit = "token";

  /** A task of a model; the options say how large its batches are. */
  constructor(
    /** Trained in place. */
    readonly model: LanguageModel,
    /** What it learns from. */
    readonly data: TextTrainingData,
    /** Sizes and order of the batches. */
    readonly options: TrainingOptions,
  ) {}

  get unitsPerStep(): number {
    return tokensPerStep(this.options);
  }

  async makeStep(quantized: boolean, reduce?: Reduction): Promise<TrainingStep<TextBatch>> {
    return await TrainingStep.make(this.model, { ...this.options, quantized, reduce });
  }

  openBatches(start: RandomState): StepBatches<TextBatch> {
    return textBatches(this.data.train, this.options, start);
  }

  async evaluate(): Promise<Evaluation> {
    const { batch, context } = this.options;
    return await evaluateSplit(this.model, this.data.validation, {
      batch: evaluationBatch(this.model, batch, context),
      context,
      bytes: this.data.validationBytes,
    });
  }

  planEvaluation(): Plan {
    const { batch, context } = this.options;
    return this.model.planForward([evaluationBatch(this.model, batch, context), context]);
  }

  ofLoss(loss: number): Metrics {
    return { perplexity: Math.exp(loss) };
  }

  async sample(random: Random): Promise<string> {
    const { tokenizer, validation } = this.data;
    const decoder = tokenizer.decoder();
    const prompt = await firstToken(validation);
    const options = { tokens: SAMPLE_TOKENS, random, temperature: 0.8 };
    let text = "";
    for await (const id of generate(this.model, prompt, options)) text += decoder.push(id);
    return text + decoder.flush();
  }
}

/** What a sample of text goes on from. */
async function firstToken(data: Tokens | BatchIterable): Promise<Int32Array> {
  const first = new Int32Array(1);
  if (isTokens(data)) await tokenSource(data).read(0, first);
  else for await (const { tokens } of data) return tokens.slice(0, 1);
  return first;
}

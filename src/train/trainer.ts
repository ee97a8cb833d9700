/**
 * The training loop.
 *
 * @module
 */
import type { TextBatch } from "../data/batches.ts";
import type { BatchIterable } from "../data/iterated_batches.ts";
import { Random } from "../data/random.ts";
import { isTokens, type Tokens, tokenSource } from "../data/token_source.ts";
import type { Tokenizer } from "../data/tokenizer.ts";
import { ACTIVATION_MOMENTUM, DispatchError } from "../device/device.ts";
import { InterruptedError, WorkError } from "../errors.ts";
import { generate } from "../infer/generate.ts";
import {
  type ActivationStatistics,
  activationStatistics,
  meanSaturation,
} from "../models/activation_statistics.ts";
import type { LanguageModel } from "../models/language_model.ts";
import { type LayerStatistics, layerStatistics, meanSparsity } from "../models/layer_statistics.ts";
import { saveWeights } from "../models/model_directory.ts";
import { type RunState, saveCheckpoint } from "./checkpoint.ts";
import { evaluateSplit, type Evaluation, evaluationBatch } from "./evaluation.ts";
import type { TrainingOptions } from "./options.ts";
import { floatSteps, type Phase } from "./phases.ts";
import type { MetricsLine, RunDirectory } from "./run_directory.ts";
import type { RunEvents } from "./run_events.ts";
import { initialPlateau, scheduled, updatePlateau } from "./schedule.ts";
import { HISTORY_STEPS, type StepRecord, TrainingStep } from "./step.ts";
import { type StepBatches, textBatches } from "./step_batches.ts";
import type { TunerLine } from "./tuner/decision.ts";
import { tunedLearningRate } from "./tuner/learning_rate_rules.ts";
import { forgetSteps, initialTuner, observeSteps } from "./tuner/state.ts";
import { tuneModel } from "./tuner/tuned_model.ts";

/** What a run learns from. */
export interface TrainingData {
  /**
   * Token ids to learn, as one text, or batches of one's own: (B, T) each, as the options say. Batches that end are
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

/** How the loop reports and stops. */
export interface TrainingHooks {
  /** Before the first step, once the device has made ready everything the step needs. */
  readonly onReady?: () => Promise<void>;
  /** After each step the loop has waited for. */
  readonly onStep?: (record: StepRecord, total: number) => void;
  /** When quantization begins, after a number of steps in float: best loss and patience count from here. */
  readonly onQuantization?: (step: number) => void;
  /** Each line of metrics as it is written. */
  readonly onMetrics?: (line: MetricsLine) => void;
  /** What the tuner decided after an evaluation. */
  readonly onTuner?: (line: TunerLine) => void;
  /** Text sampled after a step, once it is complete. */
  readonly onSample?: (step: number, text: string) => void;
  /** Where metrics, samples and weights are written for TensorBoard. */
  readonly events?: RunEvents;
  /** Aborted: save a checkpoint and throw an InterruptedError. */
  readonly signal?: AbortSignal;
}

/** What a finished run reached. */
export interface TrainingResult {
  /** Steps done, those before a resumption included. */
  readonly steps: number;
  /** Last evaluation. */
  readonly final: Evaluation;
  /** Best validation loss, nats per token, of the weights in `model.safetensors`. */
  readonly best: { readonly step: number; readonly loss: number };
  /** Whether the patience with evaluations that did not improve ran out. */
  readonly stoppedEarly: boolean;
}

/** Streams of the run's seed; stream 1 initialises the weights. */
const BATCH_STREAM = 2;
const SAMPLE_STREAM = 1000;

/** The loop waits for the device at least this often, so that Ctrl-C and progress stay responsive. */
const RESPONSE_MS = 400;
const SAMPLE_TOKENS = 160;

/** The state of a run that has not started. */
export function initialState(options: TrainingOptions): RunState {
  return {
    step: 0,
    batches: new Random(options.seed, BATCH_STREAM).state(),
    plateau: initialPlateau,
    tuner: options.tuner && initialTuner,
    best: null,
    badEvaluations: 0,
    quantized: options.qatStart === 0,
    activationMomentum: ACTIVATION_MOMENTUM,
    lastLoss: null,
    finished: false,
  };
}

/**
 * Trains until the last step, early stopping, or an interruption.
 *
 * @param model Trained in place; it ends with the weights of the last step, not the best ones.
 * @param directory Metrics, samples, best weights and checkpoints go there.
 * @param start Where to go on from; the model must hold its weights and moments.
 * @throws {InterruptedError} If `hooks.signal` was aborted; a checkpoint was saved.
 * @throws {WorkError} If the loss is not a number, the disk is full or the device is lost.
 *
 * @example A model of a text of one's own
 * ```ts
 * import assert from "node:assert/strict";
 * import * as bittext from "../../mod.ts";
 *
 * const text = "to be or not to be, ".repeat(50);
 * const tokenizer = bittext.CharTokenizer.fromText(text);
 * const split = bittext.splitTokens(tokenizer.encode(text));
 * const data = { ...split, validationBytes: split.validation.length - 1, tokenizer };
 *
 * using device = await bittext.openDevice();
 * const sizes = { vocabSize: tokenizer.vocabSize, hiddenSize: 32, intermediateSize: 64, layers: 1 };
 * using model = new bittext.LanguageModel({ ...bittext.smallTextConfig, ...sizes }, device);
 * model.memory.initialize(0);
 *
 * const options = bittext.trainingOptions({ steps: 10, batch: 4, context: 16, sampleEvery: 0 });
 * const run = new bittext.RunDirectory(await Deno.makeTempDir());
 * const { final } = await bittext.train(model, data, options, run);
 * assert(final.loss < Math.log(tokenizer.vocabSize)); // better than guessing
 * await Deno.remove(run.path, { recursive: true });
 * ```
 */
export async function train(
  model: LanguageModel,
  data: TrainingData,
  options: TrainingOptions,
  directory: RunDirectory,
  start: RunState = initialState(options),
  hooks: TrainingHooks = {},
): Promise<TrainingResult> {
  // The other phase's step is made too, so that what does not fit is known before the run begins.
  if (!start.quantized) (await TrainingStep.make(model, options))[Symbol.dispose]();
  model.quantized = start.quantized;
  const step = await TrainingStep.make(model, { ...options, quantized: start.quantized });
  using loop = new TrainingLoop(model, step, data, options, directory, start, hooks);
  await hooks.onReady?.();
  return await loop.run();
}

/** What a sample of text goes on from. */
async function firstToken(data: Tokens | BatchIterable): Promise<Int32Array> {
  const first = new Int32Array(1);
  if (isTokens(data)) await tokenSource(data).read(0, first);
  else for await (const { tokens } of data) return tokens.slice(0, 1);
  return first;
}

class TrainingLoop implements Disposable {
  readonly #batches: StepBatches<TextBatch>;
  #step: TrainingStep<TextBatch>;
  #state: RunState;
  /** Last step whose record was read. */
  #seen: number;
  #savedAt: number;
  #final: Evaluation | undefined;
  /** Wall time of steps since the last line, and how many they are. */
  #trainMs = 0;
  #timedSteps = 0;
  /** The part of it that was spent on getting batches. */
  #dataMs = 0;

  constructor(
    readonly model: LanguageModel,
    step: TrainingStep<TextBatch>,
    readonly data: TrainingData,
    readonly options: TrainingOptions,
    readonly directory: RunDirectory,
    start: RunState,
    readonly hooks: TrainingHooks,
  ) {
    this.#batches = textBatches(data.train, options, start.batches);
    this.#step = step;
    this.#state = start;
    this.#seen = start.step;
    this.#savedAt = start.step;
  }

  async run(): Promise<TrainingResult> {
    try {
      return await this.#run();
    } catch (error) {
      if (error instanceof DispatchError) await this.#rescue(error);
      throw error;
    }
  }

  async #run(): Promise<TrainingResult> {
    const { steps, earlyStop, evalEvery, saveEvery, sampleEvery } = this.options;
    const lastFloatStep = floatSteps(this.options);
    let stoppedEarly = false;
    // Nothing is known about the speed before the first step, so that one is waited for.
    let msPerStep = Infinity;
    let elapsedMs = 0;
    while (this.#state.step < steps && !stoppedEarly) {
      const number = this.#state.step + 1;
      if (!this.#state.quantized && number > lastFloatStep) await this.#beginQuantization();
      const started = performance.now();
      const batches = await this.#batches.next();
      this.#dataMs += performance.now() - started;
      this.#enqueue(number, batches);
      const last = number === steps;
      const due = (every: number) => last || (every > 0 && number % every === 0);
      const unseen = number - this.#seen;
      const evaluate = due(evalEvery);
      const save = due(saveEvery);
      const sample = sampleEvery > 0 && due(sampleEvery);
      const overdue = unseen * msPerStep >= RESPONSE_MS || unseen >= HISTORY_STEPS;
      const wait = evaluate || save || sample || overdue || number === lastFloatStep;
      const records = wait ? await this.#wait(number) : [];
      elapsedMs += performance.now() - started;
      if (wait) {
        msPerStep = elapsedMs / unseen;
        await this.#log(records, elapsedMs);
        elapsedMs = 0;
      }
      if (evaluate) stoppedEarly = await this.#evaluate(earlyStop);
      if (sample) await this.#sample();
      if (save || stoppedEarly) await this.#save(last || stoppedEarly);
      const goesOn = !last && !stoppedEarly;
      if (goesOn && wait && this.hooks.signal?.aborted) await this.#interrupt();
    }
    return {
      steps: this.#state.step,
      final: this.#final ?? await this.#measure(),
      best: this.#state.best!,
      stoppedEarly,
    };
  }

  /**
   * Goes on with the quantizers, in the same parameters and moments. Losses before and after do not compare:
   * what is best, and what is a plateau, is told anew.
   */
  async #beginQuantization(): Promise<void> {
    this.#step[Symbol.dispose]();
    await this.model.memory.restartDerived();
    this.#step = await TrainingStep.make(this.model, this.options);
    this.model.quantized = true;
    const { plateau: { factor }, tuner } = this.#state;
    const plateau = { ...initialPlateau, factor };
    this.#state = { ...this.#state, quantized: true, plateau, tuner: tuner && forgetSteps(tuner) };
    this.hooks.onQuantization?.(this.#state.step);
  }

  get #phase(): Phase {
    const { weightBits } = this.model.config.quantization;
    return this.#state.quantized && weightBits < 32 ? "quantized" : "float";
  }

  #enqueue(number: number, batches: readonly TextBatch[]): void {
    const { seed, beta1, beta2, epsilon, clip } = this.options;
    const { learningRate, weightDecay } = this.#tuned(number);
    const optimizer = { learningRate, weightDecay, beta1, beta2, epsilon, clip };
    try {
      const { activationMomentum } = this.#state;
      const values = { step: number, seed, ...optimizer, activationMomentum };
      this.#step.run(batches, values);
    } catch (error) {
      // Weights that are half updated are no state to go back to.
      const updating = error instanceof DispatchError &&
        error.dispatchIndex >= this.#step.dispatchesBeforeUpdate;
      throw updating ? new WorkError(error.message, { cause: error }) : error;
    }
    this.#state = { ...this.#state, step: number, batches: this.#batches.state() };
  }

  #scheduled(number: number) {
    const { plateau, tuner } = this.#state;
    const warmupSteps = tuner?.warmupEnd ?? this.options.warmupSteps;
    return scheduled({ ...this.options, warmupSteps }, number, plateau.factor);
  }

  /** What the optimizer gets: what is scheduled, with the tuner's factor. */
  #tuned(number: number) {
    const { learningRate, weightDecay } = this.#scheduled(number);
    const factor = this.#state.tuner?.learningRateFactor ?? 1;
    return { learningRate: tunedLearningRate(learningRate, factor), weightDecay };
  }

  /** Waits for a step and checks every step since the last wait. */
  async #wait(number: number): Promise<StepRecord[]> {
    const records = await this.#step.records(this.#seen + 1, number);
    for (const record of records) {
      const { step, loss, gradientNorm } = record;
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        await this.#diverged(step, `the loss is ${loss} and the gradient norm ${gradientNorm}`);
      }
      this.#state = { ...this.#state, lastLoss: record.loss };
    }
    const { tuner } = this.#state;
    if (tuner) this.#state = { ...this.#state, tuner: observeSteps(tuner, records) };
    this.#seen = number;
    this.hooks.onStep?.(records[records.length - 1], this.options.steps);
    return records;
  }

  /** @param step The first step whose loss shows it: the update before it did the harm. */
  async #diverged(step: number, what: string): Promise<never> {
    const checkpoints = await this.directory.checkpoints();
    const checkpoint = checkpoints.findLast((entry) => entry.step < step - 1);
    const { lastLoss } = this.#state;
    throw new WorkError(
      `Cannot go on at step ${step}: ${what} ` +
        `(last finite loss ${lastLoss === null ? "none" : lastLoss.toFixed(4)}); ` +
        (checkpoint
          ? `go back to ${checkpoint.path}: start a new run with --init from there and a lower --lr`
          : "there is no checkpoint from before it; start again with a lower --lr or --clip"),
    );
  }

  /**
   * Writes the lines that are due among the steps just waited for. Waiting costs more than a small step
   * takes, so several lines can come from one wait; their time per step is then the same mean.
   */
  async #log(records: readonly StepRecord[], elapsedMs: number): Promise<void> {
    const { batch, context, accumulate, logEvery, steps } = this.options;
    this.#trainMs += elapsedMs;
    this.#timedSteps += records.length;
    const due = records.filter(({ step }) => step === 1 || step === steps || step % logEvery === 0);
    if (due.length === 0) return;
    const msPerStep = this.#trainMs / this.#timedSteps;
    for (const { step, loss, gradientNorm } of due) {
      await this.#metrics({
        step,
        split: "train",
        phase: this.#phase,
        loss,
        perplexity: Math.exp(loss),
        lr: this.#tuned(step).learningRate,
        grad_norm: gradientNorm,
        tokens_per_second: Math.round(batch * context * accumulate / (msPerStep / 1000)),
        ms_per_step: msPerStep,
        data_ms: this.#dataMs / this.#timedSteps,
        memory_bytes: Deno.memoryUsage().rss,
      });
    }
    this.#trainMs = 0;
    this.#dataMs = 0;
    this.#timedSteps = 0;
  }

  async #metrics(line: MetricsLine): Promise<void> {
    await this.#write(line);
    this.hooks.onMetrics?.(line);
  }

  async #write(line: MetricsLine | TunerLine): Promise<void> {
    await this.directory.log(line);
    await this.hooks.events?.metrics(line);
  }

  async #measure(): Promise<Evaluation> {
    const { batch, context } = this.options;
    return await evaluateSplit(this.model, this.data.validation, {
      batch: evaluationBatch(this.model, batch, context),
      context,
      bytes: this.data.validationBytes,
    });
  }

  /** Evaluates, keeps the best weights of the quantized phase, and tells whether to stop early. */
  async #evaluate(patience: number | null): Promise<boolean> {
    const activations = await this.#activations();
    const evaluation = await this.#measure();
    const { step } = this.#state;
    if (!Number.isFinite(evaluation.loss)) {
      await this.#diverged(step + 1, `the validation loss before it is ${evaluation.loss}`);
    }
    this.#final = evaluation;
    const layers = this.model.quantized ? await layerStatistics(this.model.memory) : new Map();
    await this.#metrics({
      step,
      split: "val",
      phase: this.#phase,
      ...evaluation,
      ...(layers.size > 0 &&
        { sparsity: meanSparsity(layers), layers: Object.fromEntries(layers) }),
      ...(activations.size > 0 &&
        { saturation: meanSaturation(activations), activations: Object.fromEntries(activations) }),
    });
    await this.hooks.events?.weights(step, this.model);
    const plateau = updatePlateau(this.#state.plateau, evaluation.loss);
    this.#state = { ...this.#state, plateau };
    if (this.#state.quantized) await this.#keepBest(evaluation);
    await this.#tune(layers);
    return patience !== null && this.#state.badEvaluations >= patience;
  }

  /** The activation quantizers at the last training step: an evaluation writes over it. */
  async #activations(): Promise<Map<string, ActivationStatistics>> {
    const { quantized, memory, config } = this.model;
    if (!quantized) return new Map();
    return await activationStatistics(memory, config.quantization.activationBits);
  }

  async #keepBest({ loss }: Evaluation): Promise<void> {
    const { step, best, badEvaluations } = this.#state;
    const improved = best === null || loss < best.loss;
    if (improved) await saveWeights(this.model, this.directory.weightsPath);
    this.#state = {
      ...this.#state,
      best: improved ? { step, loss } : best,
      badEvaluations: improved ? 0 : badEvaluations + 1,
    };
  }

  async #tune(layers: ReadonlyMap<string, LayerStatistics>): Promise<void> {
    const { step, tuner, activationMomentum } = this.#state;
    const { tuner: options, warmupSteps } = this.options;
    if (!options || !tuner) return;
    const { activationScheme } = this.model.config.quantization;
    const { state, line, momentum } = tuneModel(this.model, tuner, options, {
      step,
      warmupSteps,
      scheduledLearningRate: this.#scheduled(step + 1).learningRate,
      layers,
      momentum: activationScheme === "ema_tensor" ? activationMomentum : undefined,
    });
    this.#state = {
      ...this.#state,
      tuner: state,
      activationMomentum: momentum ?? activationMomentum,
    };
    await this.#write(line);
    this.hooks.onTuner?.(line);
  }

  async #sample(): Promise<void> {
    const { step } = this.#state;
    const { tokenizer, validation } = this.data;
    const random = new Random(this.options.seed, SAMPLE_STREAM + step);
    const decoder = tokenizer.decoder();
    let text = "";
    const prompt = await firstToken(validation);
    for await (
      const id of generate(this.model, prompt, { tokens: SAMPLE_TOKENS, random, temperature: 0.8 })
    ) text += decoder.push(id);
    text += decoder.flush();
    await this.directory.sample(step, text);
    await this.hooks.events?.sample(step, text);
    this.hooks.onSample?.(step, text);
  }

  async #save(finished: boolean): Promise<void> {
    const { step } = this.#state;
    if (step === this.#savedAt) return;
    this.#state = { ...this.#state, finished };
    // Learnt steps mean nothing before quantization begins: so they are those of a model that is quantized now.
    if (!this.#state.quantized) await this.model.memory.restartDerived();
    const { checkpointsPath } = this.directory;
    await saveCheckpoint(checkpointsPath, this.model, this.#state, this.options.keep);
    this.#savedAt = step;
  }

  /** Saves what the steps so far have reached: the device computes no more, but its memory can be read. */
  async #rescue(error: DispatchError): Promise<never> {
    const { step } = this.#state;
    if (step === 0) throw error;
    if (this.#seen < step) await this.#wait(step);
    await this.#saveUnfinished();
    throw new WorkError(`${error.message}; a checkpoint of step ${step} was saved`, {
      cause: error,
    });
  }

  async #saveUnfinished(): Promise<void> {
    await this.#save(false);
    // So that there is a model to look at; the first evaluation replaces it.
    if (this.#state.best === null) await saveWeights(this.model, this.directory.weightsPath);
  }

  async #interrupt(): Promise<never> {
    await this.#saveUnfinished();
    throw new InterruptedError(
      `Interrupted at step ${this.#state.step}: a checkpoint was saved, go on with --resume`,
    );
  }

  [Symbol.dispose](): void {
    this.#step[Symbol.dispose]();
  }
}

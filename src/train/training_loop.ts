/**
 * The training loop: step after step, and what is due in between.
 *
 * @module
 */
import { Random } from "../random.ts";
import { DispatchError } from "../device/device.ts";
import { InterruptedError, optionName, WorkError } from "../errors.ts";
import { saveWeights } from "../models/model_directory.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import type { OngoingRun } from "./ongoing_run.ts";
import { floatSteps } from "./phases.ts";
import { initialPlateau } from "./schedule.ts";
import { ReductionError } from "./reduction.ts";
import { HISTORY_STEPS, type StepRecord, type TrainingStep } from "./step.ts";
import { StepLog } from "./step_log.ts";
import type { Evaluated, StepBatches, TrainingTask } from "./task.ts";
import type { TrainingResult } from "./training_hooks.ts";
import { forgetSteps, observeSteps } from "./tuner/state.ts";
import { Validation } from "./validation.ts";

/** First stream of the run's seed that samples are drawn from, one for each step. */
const SAMPLE_STREAM = 1000;

/** The loop waits for the device at least this often, so that Ctrl-C and progress stay responsive. */
const RESPONSE_MS = 400;

/**
 * Trains until the last step, early stopping, or an interruption.
 *
 * @typeParam Batch What a micro-batch is.
 * @typeParam E What an evaluation gives.
 */
export class TrainingLoop<Batch, E extends Evaluated> implements Disposable {
  readonly #task: TrainingTask<Batch, E>;
  readonly #run: OngoingRun;
  readonly #batches: StepBatches<Batch>;
  readonly #log: StepLog;
  readonly #validation: Validation<E>;
  #step: TrainingStep<Batch>;
  /** Last step whose record was read. */
  #seen: number;
  #savedAt: number;

  /**
   * A loop over what is left of a run.
   *
   * @param step Compiled for the phase that the run is in.
   */
  constructor(task: TrainingTask<Batch, E>, step: TrainingStep<Batch>, run: OngoingRun) {
    this.#task = task;
    this.#run = run;
    this.#batches = task.openBatches(run.state.batches);
    this.#log = new StepLog(run, task);
    this.#validation = new Validation(run, () => task.evaluate());
    this.#step = step;
    this.#seen = run.state.step;
    this.#savedAt = run.state.step;
  }

  /**
   * Runs it to its end.
   *
   * @throws {InterruptedError} If it was interrupted; a checkpoint was saved.
   * @throws {WorkError} If the loss is not a number, the disk is full or the device is lost.
   */
  async run(): Promise<TrainingResult<E>> {
    try {
      return await this.#runSteps();
    } catch (error) {
      const isUntouched = error instanceof DispatchError || error instanceof ReductionError;
      if (isUntouched) await this.#rescue(error);
      throw error;
    }
  }

  async #runSteps(): Promise<TrainingResult<E>> {
    const { options, hooks } = this.#run;
    const { steps, evalEvery, saveEvery } = options;
    const sampleEvery = this.#task.sample ? options.sampleEvery : 0;
    const lastFloatStep = floatSteps(options);
    let stoppedEarly = false;
    // Nothing is known about the speed before the first step, so that one is waited for.
    let msPerStep = Infinity;
    let elapsedMs = 0;
    // Where the curve begins: what nothing has been learned for.
    if (this.#run.state.step === 0 && evalEvery > 0) await this.#validation.begin();
    while (this.#run.state.step < steps && !stoppedEarly) {
      const number = this.#run.state.step + 1;
      if (!this.#run.state.quantized && number > lastFloatStep) await this.#beginQuantization();
      const started = performance.now();
      const batches = await this.#batches.next();
      this.#log.addDataMs(performance.now() - started);
      await this.#enqueue(number, batches);
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
        await this.#log.write(records, elapsedMs);
        elapsedMs = 0;
      }
      if (evaluate) stoppedEarly = await this.#validation.evaluate();
      if (sample) await this.#sample();
      if (save || stoppedEarly) await this.#save(last || stoppedEarly);
      const goesOn = !last && !stoppedEarly;
      if (goesOn && wait && hooks.signal?.aborted) await this.#interrupt();
    }
    const { step, best } = this.#run.state;
    return { steps: step, final: await this.#validation.last(), best: best!, stoppedEarly };
  }

  /**
   * Goes on with the quantizers, in the same parameters and moments. Losses before and after do not compare:
   * what is best, and what is a plateau, begins anew.
   */
  async #beginQuantization(): Promise<void> {
    const { model, state: { step, plateau: { factor }, tuner }, hooks } = this.#run;
    this.#step[Symbol.dispose]();
    await model.memory.restartDerived();
    this.#step = await this.#task.makeStep(true, hooks.reduce);
    model.quantized = true;
    const plateau = { ...initialPlateau, factor };
    this.#run.update({ quantized: true, plateau, tuner: tuner && forgetSteps(tuner) });
    hooks.onQuantization?.(step);
  }

  async #enqueue(number: number, batches: readonly Batch[]): Promise<void> {
    const { seed, beta1, beta2, epsilon, clip } = this.#run.options;
    const { learningRate, weightDecay } = this.#run.tuned(number);
    const optimizer = { learningRate, weightDecay, beta1, beta2, epsilon, clip };
    const { activationMomentum } = this.#run.state;
    await this.#step.run(batches, { step: number, seed, ...optimizer, activationMomentum });
    this.#run.update({ step: number, batches: this.#batches.state() });
  }

  /** Waits for a step and checks every step since the last wait. */
  async #wait(number: number): Promise<StepRecord[]> {
    const { options, hooks } = this.#run;
    const records = await this.#step.records(this.#seen + 1, number);
    for (const { step, loss, gradientNorm } of records) {
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        const what = `the loss is ${loss} and the gradient norm ${gradientNorm}`;
        await this.#run.diverged(step, what);
      }
      this.#run.update({ lastLoss: loss });
    }
    const { tuner } = this.#run.state;
    if (tuner) this.#run.update({ tuner: observeSteps(tuner, records) });
    this.#seen = number;
    hooks.onStep?.(records[records.length - 1], options.steps);
    return records;
  }

  async #sample(): Promise<void> {
    const { options, directory, hooks, state: { step } } = this.#run;
    const text = await this.#task.sample!(new Random(options.seed, SAMPLE_STREAM + step));
    await directory.sample(step, text);
    await hooks.events?.sample(step, text);
    hooks.onSample?.(step, text);
  }

  async #save(finished: boolean): Promise<void> {
    const { model, options, directory, state: { step, quantized } } = this.#run;
    if (step === this.#savedAt) return;
    this.#run.update({ finished });
    // Learned scales mean nothing before quantization begins: so they are those of a model that is quantized now.
    if (!quantized) await model.memory.restartDerived();
    const { keep, optimizer } = options;
    await saveCheckpoint(directory.checkpointsPath, model, this.#run.state, keep, optimizer);
    this.#savedAt = step;
  }

  /** Saves what the steps so far have reached: there are no more of them, but the memory can be read. */
  async #rescue(error: DispatchError | ReductionError): Promise<never> {
    const { step } = this.#run.state;
    if (step === 0) throw error;
    if (this.#seen < step) await this.#wait(step);
    await this.#saveUnfinished();
    throw new WorkError(`${error.message}; a checkpoint of step ${step} was saved`, {
      cause: error,
    });
  }

  async #saveUnfinished(): Promise<void> {
    const { model, directory, state } = this.#run;
    await this.#save(false);
    // So that there is a model to look at; the first evaluation replaces it.
    if (state.best === null) await saveWeights(model, directory.weightsPath);
  }

  async #interrupt(): Promise<never> {
    await this.#saveUnfinished();
    throw new InterruptedError(
      `Interrupted at step ${this.#run.state.step}: a checkpoint was saved, go on with ` +
        optionName("resume"),
    );
  }

  [Symbol.dispose](): void {
    this.#batches[Symbol.dispose]?.();
    this.#step[Symbol.dispose]();
  }
}

/**
 * Evaluations during training: what they measure, which weights are kept, and when to stop.
 *
 * @module
 */
import {
  type ActivationStatistics,
  activationStatistics,
  meanSaturation,
} from "../models/activation_statistics.ts";
import { type LayerStatistics, layerStatistics, meanSparsity } from "../models/layer_statistics.ts";
import { saveWeights } from "../models/model_directory.ts";
import type { OngoingRun } from "./ongoing_run.ts";
import { updatePlateau } from "./schedule.ts";
import type { Evaluated } from "./task.ts";

/**
 * Evaluates a run as it goes on.
 *
 * @typeParam E What an evaluation gives.
 */
export class Validation<E extends Evaluated> {
  readonly #run: OngoingRun;
  readonly #measure: () => Promise<E>;
  #last: E | undefined;

  /**
   * Evaluations of a run.
   *
   * @param measure Measures the model as it is.
   */
  constructor(run: OngoingRun, measure: () => Promise<E>) {
    this.#run = run;
    this.#measure = measure;
  }

  /** The last evaluation, or one made now. */
  async last(): Promise<E> {
    return this.#last ?? await this.#measure();
  }

  /** Evaluates what nothing was learned by yet; it is neither the best nor a reason to stop. */
  async begin(): Promise<void> {
    const { loss, ...others } = await this.#measure();
    // What cannot be evaluated yet is found out at the first step, with what to do about it.
    if (!Number.isFinite(loss)) return;
    const { step } = this.#run.state;
    await this.#run.metrics({
      ...{ step, split: "val", phase: this.#run.phase, loss },
      ...Object.fromEntries<number>(Object.entries(others)),
    });
  }

  /** Evaluates, keeps the best weights of the quantized phase, and tells whether to stop early. */
  async evaluate(): Promise<boolean> {
    const run = this.#run;
    const { model, options, hooks } = run;
    const activations = await this.#activations();
    const evaluation = await this.#measure();
    const { step, plateau } = run.state;
    if (!Number.isFinite(evaluation.loss)) {
      await run.diverged(step + 1, `the validation loss before it is ${evaluation.loss}`);
    }
    this.#last = evaluation;
    const layers = model.quantized ? await layerStatistics(model.weights) : new Map();
    await run.metrics({
      step,
      split: "val",
      phase: run.phase,
      loss: evaluation.loss,
      ...Object.fromEntries<number>(Object.entries(evaluation)),
      ...(layers.size > 0 &&
        { sparsity: meanSparsity(layers), layers: Object.fromEntries(layers) }),
      ...(activations.size > 0 &&
        { saturation: meanSaturation(activations), activations: Object.fromEntries(activations) }),
    });
    await hooks.events?.weights(step, model);
    run.update({ plateau: updatePlateau(plateau, evaluation.loss) });
    if (run.state.quantized) await this.#keepBest(evaluation);
    await this.#tune(layers);
    return options.earlyStop !== null && run.state.badEvaluations >= options.earlyStop;
  }

  /** The activation quantizers at the last training step: an evaluation writes over it. */
  async #activations(): Promise<Map<string, ActivationStatistics>> {
    const { quantized, memory, config } = this.#run.model;
    if (!quantized) return new Map();
    return await activationStatistics(memory, config.quantization.activationBits);
  }

  async #keepBest({ loss }: E): Promise<void> {
    const { model, directory, state: { step, best, badEvaluations } } = this.#run;
    const improved = best === null || loss < best.loss;
    if (improved) await saveWeights(model, directory.weightsPath);
    this.#run.update({
      best: improved ? { step, loss } : best,
      badEvaluations: improved ? 0 : badEvaluations + 1,
    });
  }

  async #tune(layers: ReadonlyMap<string, LayerStatistics>): Promise<void> {
    const { model, options, hooks, state: { step, tuner, activationMomentum } } = this.#run;
    if (!options.tuner || !tuner) return;
    const { tuneModel } = await import("./tuner/tune_model.ts");
    const { activationScheme } = model.config.quantization;
    const { state, line, momentum } = tuneModel(model, tuner, options.tuner, {
      step,
      warmupSteps: options.warmupSteps,
      scheduledLearningRate: this.#run.scheduled(step + 1).learningRate,
      layers,
      momentum: activationScheme === "ema_tensor" ? activationMomentum : undefined,
    });
    this.#run.update({ tuner: state, activationMomentum: momentum ?? activationMomentum });
    await this.#run.write(line);
    hooks.onTuner?.(line);
  }
}

/**
 * A float run that is to be quantized, whatever kind of model it is.
 *
 * @module
 */
import type { Model } from "../models/model.ts";
import type { Evaluated } from "../train/task.ts";

/** Batches of training data that running maxima of activations are taken from. */
export const CALIBRATION_BATCHES = 16;

/** A float model, and what those made of it need. */
export interface FloatRun<M extends Model> extends Disposable {
  /** The float model. */
  readonly model: M;
  /** How good a model is on the data that was asked for. */
  evaluate(model: M): Promise<Evaluated>;
  /** Sets the running maxima of a model to what some training data reaches. */
  calibrate(model: M): Promise<void>;
  /** Writes what a model directory has besides the model. */
  saveBeside(directory: string): Promise<void>;
}

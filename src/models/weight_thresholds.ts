/**
 * Thresholds of the weight matrices that are rounded by one: they can change while a model trains.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { type StoredTensor, storedTensor, toFloat32 } from "../files/tensor.ts";
import type { WeightThreshold } from "../nn/weight_codes.ts";
import type { BufferSet } from "../tensor/compiled_plan.ts";

/** In the state dict a threshold stands beside its weights, under their name with this. */
const SUFFIX = "_threshold";

/** Seven digits: what a float32 keeps, so that a threshold that was saved and loaded is the same number. */
const rounded = (threshold: number) => Number(threshold.toPrecision(7));

/**
 * τ of every matrix that the scheme `threshold` quantizes, on the device and here.
 *
 * @example Fewer zeros in one layer
 * ```ts
 * import assert from "node:assert/strict";
 * import { LanguageModel, makeQuantization, openDevice, smallTextConfig } from "../../mod.ts";
 *
 * const quantization = makeQuantization({ weightScheme: "threshold" });
 * const sizes = { vocabSize: 16, hiddenSize: 32, intermediateSize: 64, layers: 1, quantization };
 * using device = await openDevice();
 * using model = new LanguageModel({ ...smallTextConfig, ...sizes }, device);
 * model.memory.initialize(0);
 *
 * const { thresholds } = model.memory;
 * const name = "model.layers.0.mlp.down_proj.weight";
 * assert.equal(thresholds.values.get(name), 0.7);
 * thresholds.set(new Map([[name, 0.5]])); // from the next step or forward pass on
 * ```
 */
export class WeightThresholds {
  readonly #places: readonly WeightThreshold[];
  readonly #buffers: BufferSet;
  readonly #values: Map<string, number>;

  /** The thresholds that lie at `places`, as they begin. */
  constructor(places: readonly WeightThreshold[], buffers: BufferSet) {
    this.#places = places;
    this.#buffers = buffers;
    this.#values = new Map(places.map(({ name, initial }) => [name, initial]));
  }

  /** τ by the name of the matrix in the state dict; empty where the scheme has none. */
  get values(): ReadonlyMap<string, number> {
    return this.#values;
  }

  /**
   * Changes thresholds from the next step on; those that are not named stay. Seven digits count.
   *
   * @throws {RangeError} If a matrix has no threshold, or one is negative or not finite; then nothing changes.
   */
  set(values: ReadonlyMap<string, number>): void {
    for (const [name, value] of values) {
      if (!this.#values.has(name)) {
        throw new RangeError(`Cannot set a threshold of ${name}: it has none`);
      }
      if (!(Number.isFinite(value) && value >= 0)) {
        throw new RangeError(`Cannot set the threshold of ${name} to ${value}: it is at least 0`);
      }
    }
    for (const { name, location } of this.#places) {
      const value = values.get(name);
      if (value === undefined) continue;
      const kept = rounded(value);
      this.#values.set(name, kept);
      const buffer = this.#buffers.get(location.buffer);
      this.#buffers.device.write(buffer, Float32Array.of(kept), location.byteOffset);
    }
  }

  /** As tensors of a state dict. */
  *tensors(): Generator<[name: string, tensor: StoredTensor]> {
    for (const [name, value] of this.#values) {
      yield [name + SUFFIX, storedTensor(Float32Array.of(value), [1])];
    }
  }

  /** Whether a tensor of a state dict is one of these. */
  has(tensorName: string): boolean {
    return tensorName.endsWith(SUFFIX) && this.#values.has(tensorName.slice(0, -SUFFIX.length));
  }

  /**
   * The thresholds of a state dict; those that it does not have are as they began.
   *
   * @param source Where it comes from, for messages.
   * @throws {InputError} If one is no number of at least 0.
   */
  parse(state: ReadonlyMap<string, StoredTensor>, source: string): Map<string, number> {
    return new Map(this.#places.map(({ name, initial }) => {
      const tensor = state.get(name + SUFFIX);
      if (!tensor) return [name, initial];
      const values = toFloat32(tensor);
      if (values.length !== 1 || !Number.isFinite(values[0]) || values[0] < 0) {
        throw new InputError(
          `Cannot load ${source}: ${name + SUFFIX} is ${values.join(", ")}, ` +
            "it must be one number of at least 0",
        );
      }
      return [name, rounded(values[0])];
    }));
  }
}

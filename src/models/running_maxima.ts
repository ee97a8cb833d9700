/**
 * Running maxima of the activations that are quantized to such: they follow what a model computes in training.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { type StoredTensor, storedTensor, toFloat32 } from "../files/tensor.ts";
import type { ActivationRanges } from "../nn/activation_ranges.ts";
import { RANGE_WORDS } from "../ops/quantize_tensor.ts";
import type { BufferSet } from "../tensor/compiled_plan.ts";

/** In the state dict a running maximum is called after the module of its norm, with this. */
const SUFFIX = ".running_max";

/** The running maximum behind every norm that has one, on the device. */
export class RunningMaxima {
  readonly #ranges: ActivationRanges;
  readonly #buffers: BufferSet;

  /** The running maxima of `ranges`, whose buffer is one of `buffers`. */
  constructor(ranges: ActivationRanges, buffers: BufferSet) {
    this.#ranges = ranges;
    this.#buffers = buffers;
  }

  /**
   * Everything that the ranges hold, by module, as `kernels/quantizers/running_max.wgsl` documents it; empty where there are
   * none.
   */
  async read(): Promise<Map<string, Float32Array>> {
    const { spec, all } = this.#ranges;
    if (!spec) return new Map();
    const bytes = await this.#buffers.device.read(this.#buffers.get(spec));
    return new Map(
      [...all].map(([module, { location }]) => [
        module,
        new Float32Array(bytes, location!.byteOffset, RANGE_WORDS),
      ]),
    );
  }

  /** Sets running maxima by module; 0, nothing was seen yet, where one is not named. */
  set(maxima: ReadonlyMap<string, number>): void {
    for (const [module, { location }] of this.#ranges.all) {
      const range = new Float32Array(RANGE_WORDS);
      range[0] = maxima.get(module) ?? 0;
      const { buffer, byteOffset } = location!;
      this.#buffers.device.write(this.#buffers.get(buffer), range, byteOffset);
    }
  }

  /** As tensors of a state dict. */
  async tensors(): Promise<Map<string, StoredTensor>> {
    return new Map(
      [...await this.read()].map(([module, [maximum]]) => [
        module + SUFFIX,
        storedTensor(Float32Array.of(maximum), [1]),
      ]),
    );
  }

  /** Whether a tensor of a state dict is one of these. */
  has(tensorName: string): boolean {
    return tensorName.endsWith(SUFFIX) &&
      this.#ranges.all.has(tensorName.slice(0, -SUFFIX.length));
  }

  /**
   * The running maxima of a state dict, by module; those that it does not have start anew.
   *
   * @param source Where it comes from, for messages.
   * @throws {InputError} If one is no number of at least 0.
   */
  parse(state: ReadonlyMap<string, StoredTensor>, source: string): Map<string, number> {
    const maxima = new Map<string, number>();
    for (const module of this.#ranges.all.keys()) {
      const tensor = state.get(module + SUFFIX);
      if (!tensor) continue;
      const values = toFloat32(tensor);
      if (values.length !== 1 || !Number.isFinite(values[0]) || values[0] < 0) {
        throw new InputError(
          `Cannot load ${source}: ${module + SUFFIX} is ${values.join(", ")}, ` +
            "it must be one number of at least 0",
        );
      }
      maxima.set(module, values[0]);
    }
    return maxima;
  }
}

/**
 * The running maxima of a model's activations, where they are quantized to such.
 *
 * @module
 */
import { BINDING_ALIGNMENT_BYTES, type BufferSpec } from "../device/device.ts";
import { RANGE_WORDS } from "../ops/quantize_tensor.ts";
import { Value } from "../tensor/value.ts";
import type { RmsNorm } from "./rms_norm.ts";

/** One range for each norm whose output is quantized to a running maximum. */
export class ActivationRanges {
  /** The buffer of all ranges, which outlives any one plan; undefined if there are none. */
  readonly spec: BufferSpec | undefined;
  readonly #ranges: ReadonlyMap<RmsNorm, Value>;

  /**
   * Reserves a buffer for the ranges of `norms`, zeros as long as nothing was seen.
   *
   * @param norms In the order in which they run.
   */
  constructor(norms: readonly RmsNorm[]) {
    const byteLength = norms.length * BINDING_ALIGNMENT_BYTES;
    const buffer: BufferSpec = { label: "activation ranges", byteLength };
    this.spec = norms.length === 0 ? undefined : buffer;
    this.#ranges = new Map(
      norms.map((norm, index) => [
        norm,
        new Value({ shape: [RANGE_WORDS], dtype: "f32" }, {
          location: { buffer, byteOffset: index * BINDING_ALIGNMENT_BYTES },
        }),
      ]),
    );
  }

  /** Every range, by the name of the norm's module. */
  get all(): ReadonlyMap<string, Value> {
    return new Map([...this.#ranges].map(([norm, range]) => [norm.name, range]));
  }

  /**
   * The range of a norm's output, as `kernels/running_max.wgsl` documents it.
   *
   * @throws {TypeError} If it has none.
   */
  range(norm: RmsNorm): Value {
    const range = this.#ranges.get(norm);
    if (!range) throw new TypeError(`Cannot find the range of ${norm.name}: it has none`);
    return range;
  }
}

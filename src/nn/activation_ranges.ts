/**
 * The running maxima of a model's activations, where they are quantized to such.
 *
 * @module
 */
import { BINDING_ALIGNMENT_BYTES, type BufferSpec } from "../device/device.ts";
import { RANGE_WORDS } from "../ops/quantize_tensor.ts";
import { Value } from "../tensor/value.ts";

/** A module whose output is quantized to a running maximum. */
export interface RangedModule {
  /** Its name in the state dict. */
  readonly name: string;
}

/** One range for each module whose output is quantized to a running maximum. */
export class ActivationRanges {
  /** The buffer of all ranges, which outlives any one plan; undefined if there are none. */
  readonly spec: BufferSpec | undefined;
  readonly #ranges: ReadonlyMap<RangedModule, Value>;

  /**
   * Reserves a buffer for the ranges of `modules`, zeros as long as nothing was seen.
   *
   * @param modules In the order in which they run.
   */
  constructor(modules: readonly RangedModule[]) {
    const byteLength = modules.length * BINDING_ALIGNMENT_BYTES;
    const buffer: BufferSpec = { label: "activation ranges", byteLength };
    this.spec = modules.length === 0 ? undefined : buffer;
    this.#ranges = new Map(
      modules.map((module, index) => [
        module,
        new Value({ shape: [RANGE_WORDS], dtype: "f32" }, {
          location: { buffer, byteOffset: index * BINDING_ALIGNMENT_BYTES },
        }),
      ]),
    );
  }

  /** Every range, by the name of its module. */
  get all(): ReadonlyMap<string, Value> {
    return new Map([...this.#ranges].map(([module, range]) => [module.name, range]));
  }

  /**
   * The range of a module's output, as `kernels/quantizers/running_max.wgsl` documents it.
   *
   * @throws {TypeError} If it has none.
   */
  range(module: RangedModule): Value {
    const range = this.#ranges.get(module);
    if (!range) throw new TypeError(`Cannot find the range of ${module.name}: it has none`);
    return range;
  }
}

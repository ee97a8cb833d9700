/**
 * What stands between the gradients of a step and its update where several devices or machines train together.
 *
 * @module
 */
import {
  BINDING_ALIGNMENT_BYTES,
  type BufferSpec,
  type Device,
  type DeviceBuffer,
} from "../device/device.ts";
import { WorkError } from "../errors.ts";
import type { TrainingMemory } from "../models/training_memory.ts";
import { LOSS_STRIDE } from "../ops/step_record.ts";
import type { CompiledPlan } from "../tensor/compiled_plan.ts";

/** Numbers on a device. */
export interface DeviceValues {
  /** What they are, for messages. */
  readonly label: string;
  /** How many there are. */
  readonly length: number;
  /** All of them, once the gradients are done. */
  read(): Promise<Float32Array>;
  /**
   * Replaces all of them.
   *
   * @throws {RangeError} If there are more or fewer.
   */
  write(values: Float32Array): void;
}

/** What a reduction works on. */
export interface ReducedValues {
  /**
   * The gradients of the parameters, flat: one buffer, or several where one would exceed what a kernel can bind. They are
   * the mean over the micro-batches of the step; gaps between parameters are zeros.
   */
  readonly gradients: readonly DeviceValues[];
  /** The loss of each micro-batch. */
  readonly losses: DeviceValues;
  /** The running maxima of activations, in the order in which the modules run; none where there are no such. */
  readonly runningMaxima: DeviceValues;
}

/**
 * Joins what several devices computed, in place; then the step goes on to its update. It is called once per step, however
 * many micro-batches that has.
 *
 * The norm that the gradient is clipped by, and the record of the step, are those of what it leaves.
 *
 * @example No element of a gradient is beyond 1
 * ```ts
 * import type { Reduction } from "../../mod.ts";
 *
 * const clipElements: Reduction = async ({ gradients }) => {
 *   for (const part of gradients) {
 *     const values = await part.read();
 *     part.write(values.map((value) => Math.max(-1, Math.min(1, value))));
 *   }
 * };
 * // TrainingStep.make(model, { batch, context, accumulate, labelSmoothing, reduce: clipElements })
 * ```
 */
export type Reduction = (values: ReducedValues) => Promise<void>;

/** A reduction failed; weights and states of the optimizer are as before the step. */
export class ReductionError extends WorkError {}

/**
 * What a reduction works on.
 *
 * @param plan What computes the gradients.
 * @param losses The loss of each micro-batch, one every `LOSS_STRIDE` elements.
 */
export function reducedValues(
  { layout, ranges }: TrainingMemory,
  plan: CompiledPlan,
  losses: BufferSpec,
): ReducedValues {
  return {
    gradients: layout.shards.map(({ gradients: spec, length }) =>
      valuesOf(plan, { spec, length, strideBytes: 4 })
    ),
    losses: valuesOf(plan, {
      spec: losses,
      length: losses.byteLength / (LOSS_STRIDE * 4),
      strideBytes: LOSS_STRIDE * 4,
    }),
    runningMaxima: valuesOf(plan, {
      spec: ranges.spec,
      label: "running maxima",
      length: ranges.all.size,
      strideBytes: BINDING_ALIGNMENT_BYTES,
    }),
  };
}

/** Numbers of a buffer, all at the same distance. */
interface Strided {
  /** The buffer; undefined where there are none. */
  readonly spec: BufferSpec | undefined;
  /** What they are, if the buffer's label does not say it. */
  readonly label?: string;
  /** How many there are. */
  readonly length: number;
  /** From one to the next, in bytes. */
  readonly strideBytes: number;
}

/** Numbers in a buffer of a plan; none if the plan does not have it. */
function valuesOf(plan: CompiledPlan, { spec, label, ...place }: Strided): DeviceValues {
  const buffer = spec && plan.buffers.get(spec);
  const name = label ?? spec?.label ?? "";
  if (!buffer) return new StridedValues(plan.device, undefined, name, 0, 4);
  return new StridedValues(plan.device, buffer, name, place.length, place.strideBytes);
}

class StridedValues implements DeviceValues {
  constructor(
    readonly device: Device,
    readonly buffer: DeviceBuffer | undefined,
    readonly label: string,
    readonly length: number,
    readonly strideBytes: number,
  ) {}

  async read(): Promise<Float32Array> {
    if (!this.buffer) return new Float32Array();
    const { length, strideBytes } = this;
    const all = new Float32Array(await this.device.read(this.buffer, 0, length * strideBytes));
    return strideBytes === 4 ? all : all.filter((_, i) => i * 4 % strideBytes === 0);
  }

  write(values: Float32Array): void {
    if (values.length !== this.length) {
      throw new RangeError(
        `Cannot write ${values.length} values of ${this.label}: there are ${this.length}`,
      );
    }
    if (!this.buffer) return;
    if (this.strideBytes === 4) return this.device.write(this.buffer, values);
    values.forEach((value, i) =>
      this.device.write(this.buffer!, Float32Array.of(value), i * this.strideBytes)
    );
  }
}

/**
 * The step uniform: scalars that change from one replay of a plan to the next, in one small write.
 *
 * Kernels that read it are bound to it last. It begins with what any op may read, {@link STEP_FIELDS}; from
 * {@link OPTIMIZER_OFFSET} on it holds what the update of the run's optimizer reads, in that optimizer's own order.
 *
 * @module
 */

/** What a kernel that reads the step uniform finds in it. */
export interface StepValues {
  /** Number of the training step, from 1. */
  readonly step: number;
  /** Seed of everything random inside the step (dropout); 32 bits of it count. */
  readonly seed: number;
  /** Position of the first token within the text, for decoding token by token; default 0. */
  readonly position?: number;
  /** How much of a running maximum of activations is kept per micro-batch; default {@link ACTIVATION_MOMENTUM}. */
  readonly activationMomentum?: number;
  /** Scalars of the optimizer's update, at most {@link MAX_OPTIMIZER_SCALARS}, from `adamwScalars` say; default none. */
  readonly optimizer?: readonly number[];
}

/** How much of a running maximum of activations is kept per micro-batch, unless it is said. */
export const ACTIVATION_MOMENTUM = 0.99;

/** The scalars that any op may read, in their order, 32 bits each, with the names that they have in WGSL. */
export const STEP_FIELDS = [
  ["step", "u32"],
  ["seed", "u32"],
  ["position", "u32"],
  ["activation_momentum", "f32"],
] as const;

/** Where the scalars of the optimizer begin, in bytes; they are f32. */
export const OPTIMIZER_OFFSET: number = 4 * STEP_FIELDS.length;

/** Scalars of an optimizer that there is room for. */
export const MAX_OPTIMIZER_SCALARS = 12;

/** Size of the step uniform. */
export const STEP_BYTES: number = OPTIMIZER_OFFSET + 4 * MAX_OPTIMIZER_SCALARS;

/**
 * Encodes step values as kernels read them.
 *
 * @returns {@link STEP_BYTES} bytes, little-endian.
 * @throws {RangeError} If the optimizer has more scalars than there is room for.
 *
 * @example Dropout of the second step
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDevice } from "../../mod.ts";
 * import { dropout, encodeStep } from "../faces/ops.ts";
 * import { evaluate, input } from "../faces/tensor.ts";
 *
 * using device = await openDevice();
 * const x = input("x", [1000]);
 * const y = dropout(x, { rate: 0.5, salt: 0 });
 * const feeds = new Map([[x, new Float32Array(1000).fill(1)]]);
 * const [values] = await evaluate(device, [y], feeds, encodeStep({ step: 2, seed: 7 }));
 * assert(values.every((value) => value === 0 || value === 2));
 * ```
 */
export function encodeStep(values: StepValues): Uint8Array<ArrayBuffer> {
  const { position = 0, activationMomentum = ACTIVATION_MOMENTUM, optimizer = [] } = values;
  if (optimizer.length > MAX_OPTIMIZER_SCALARS) {
    throw new RangeError(
      `Cannot encode ${optimizer.length} scalars of an optimizer: ` +
        `the step uniform has room for ${MAX_OPTIMIZER_SCALARS}`,
    );
  }
  const view = new DataView(new ArrayBuffer(STEP_BYTES));
  const shared = [values.step, values.seed, position, activationMomentum];
  STEP_FIELDS.forEach(([, type], i) => {
    if (type === "u32") view.setUint32(4 * i, shared[i], true);
    else view.setFloat32(4 * i, shared[i], true);
  });
  optimizer.forEach((value, i) => view.setFloat32(OPTIMIZER_OFFSET + 4 * i, value, true));
  return new Uint8Array(view.buffer);
}

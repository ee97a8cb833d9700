/**
 * The norm of all gradients, which optimizers clip by, and the record of a step.
 *
 * @module
 */
import { gradientNormKernel, stepRecordKernel } from "../../kernels/optimizer/step_record.ts";
import type { BufferSpec } from "../device/device.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op } from "../tensor/op.ts";
import { Value } from "../tensor/value.ts";
import { STEP_BYTES, type StepValues } from "./step_values.ts";

/** Partial sums of squares that one gradient buffer is reduced to. */
const PARTIALS = 256;

/** Elements between the losses of two micro-batches: each lies at a bindable offset. */
export const LOSS_STRIDE = 64;

/** Partial sums of squares of a gradient buffer: gradients (n) → partials (256), in no particular order. */
export const gradientNormOp: Op<null> = {
  name: "gradient_norm",
  infer: () => [{ shape: [PARTIALS], dtype: "f32" }],
  lower: ({ inputs: [gradients], outputs }) => [callKernel(gradientNormKernel, {
    constants: { COUNT: gradients.shape[0] },
    reads: { gradients },
    writes: { partials: outputs[0] },
    extent: [PARTIALS],
    flops: 2 * gradients.shape[0],
  })],
  reference([gradients]) {
    const partials = new Float64Array(PARTIALS);
    gradients.forEach((g, i) => partials[Math.floor(i / 1024) % PARTIALS] += g * g);
    return [partials];
  },
};

/** (partials (p), losses, history (h, 2)) → (norm (1), history (h, 2)); the history is written in place. */
export const stepRecordOp: Op<{ readonly microBatches: number }, StepValues> = {
  name: "step_record",
  infer: ([, , history]) => [{ shape: [1], dtype: "f32" }, history],
  lower: (
    { inputs: [partials, losses, history], outputs, attributes: { microBatches } },
  ) => [callKernel(stepRecordKernel, {
    constants: {
      PARTIALS: partials.shape[0],
      MICRO_BATCHES: microBatches,
      LOSS_STRIDE,
      HISTORY: history.shape[0],
    },
    reads: { partials, losses },
    writes: { norm: outputs[0], history: outputs[1] },
    extent: [1],
    stepBytes: STEP_BYTES,
  })],
  reference([partials, losses, before], { attributes: { microBatches } }, step) {
    if (!step) throw new TypeError("Cannot compute step_record without step values");
    const norm = Math.sqrt(partials.reduce((sum, value) => sum + value, 0));
    let loss = 0;
    for (let i = 0; i < microBatches; i++) loss += losses[i * LOSS_STRIDE] / microBatches;
    const history = before.slice();
    history.set([loss, norm], 2 * (step.step - 1) % history.length);
    return [Float64Array.of(norm), history];
  },
};

/** Where the record of a step comes from and goes to. */
export interface StepRecordBuffers {
  /** One loss every {@link LOSS_STRIDE} elements. */
  readonly losses: BufferSpec;
  /** How many losses there are: one per micro-batch. */
  readonly microBatches: number;
  /** Ring of (loss, gradient norm) pairs, f32: step t is kept at (t − 1) mod its length. */
  readonly history: BufferSpec;
}

/**
 * The norm ‖g‖ over several gradient buffers; with the mean of the losses it is recorded in the history.
 *
 * @param gradients Each (n) f32.
 * @returns (1) f32, in a buffer of its own, so that other plans can read it.
 */
export function recordStep(gradients: readonly Value[], buffers: StepRecordBuffers): Value {
  const { losses, microBatches, history } = buffers;
  const at = (buffer: BufferSpec, shape: number[], byteOffset = 0) =>
    new Value({ shape, dtype: "f32" }, { location: { buffer, byteOffset } });
  const squares: BufferSpec = {
    label: "squares of gradients",
    byteLength: gradients.length * PARTIALS * 4,
  };
  // The partial sums of all buffers lie one behind the other, and are added up as one.
  const partials = gradients.map((values, index) => {
    const [partial] = apply(gradientNormOp, [values], null);
    partial.location = { buffer: squares, byteOffset: index * PARTIALS * 4 };
    return partial;
  });
  const [norm, recorded] = apply(stepRecordOp, [
    at(squares, [gradients.length * PARTIALS]),
    at(losses, [microBatches * LOSS_STRIDE]),
    at(history, [history.byteLength / 8, 2]),
    ...partials,
  ], { microBatches });
  norm.location = { buffer: { label: "gradient norm", byteLength: 4 }, byteOffset: 0 };
  recorded.location = { buffer: history, byteOffset: 0 };
  return norm;
}

/**
 * Dropout with a mask that is computed, not stored.
 *
 * @module
 */
import { dropoutKernel } from "../../kernels/elementwise/dropout.ts";
import { add } from "../tensor/add.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { elementCount, type Value } from "../tensor/value.ts";
import { STEP_BYTES, type StepValues } from "./step_values.ts";

/** Attributes of the op. */
export interface DropoutAttributes {
  /** Probability that an element becomes zero. */
  readonly rate: number;
  /** Tells apart the places of a model at which dropout is applied. */
  readonly salt: number;
  /** Elements in a row that share their fate. */
  readonly group: number;
}

/** y = [residual +] x · keep / (1 − rate), from inputs x and, if present, residual. */
export const dropoutOp: Op<DropoutAttributes, StepValues> = {
  name: "dropout",
  infer(inputs, { group }) {
    const [x, residual] = inputs;
    const fits = inputs.every(({ dtype }) => dtype === "f32") &&
      (!residual || residual.shape.join() === x.shape.join());
    if (!fits) {
      throw shapeError("dropout", inputs, "x and the residual must be f32 and of one shape");
    }
    if (!Number.isInteger(group) || group < 1 || elementCount(x.shape) % group !== 0) {
      throw shapeError("dropout", inputs, `x must consist of whole groups of ${group} elements`);
    }
    return [x];
  },
  lower({ inputs, outputs, attributes }) {
    const [x, residual] = inputs;
    const { rate, salt, group } = attributes;
    const COUNT = elementCount(x.shape);
    return [callKernel(dropoutKernel, {
      constants: {
        COUNT,
        SALT: salt,
        THRESHOLD: dropoutThreshold(rate),
        SCALE: 1 / (1 - rate),
        GROUP: group,
      },
      reads: { x, residual },
      writes: { y: outputs[0] },
      extent: [Math.ceil(COUNT / 4)],
      stepBytes: STEP_BYTES,
      flops: 2 * COUNT,
    })];
  },
  vjp({ cotangents, attributes, wants, takePending }) {
    const [dy] = cotangents;
    if (!dy) return [undefined, undefined];
    const pending = wants(0) ? takePending(0) : undefined;
    const dx = wants(0)
      ? apply(dropoutOp, pending ? [dy, pending] : [dy], attributes)[0]
      : undefined;
    return [dx, dy];
  },
  reference([x, residual], { attributes }, step) {
    const { rate, salt, group } = attributes;
    const keep = dropoutMask(step ?? { seed: 0, step: 0 }, salt, x.length / group, rate);
    return [
      x.map((value, i) => value * keep[Math.floor(i / group)] / (1 - rate) + (residual?.[i] ?? 0)),
    ];
  },
};

/** An element is kept if its 32-bit hash is at least this. */
function dropoutThreshold(rate: number): number {
  return Math.floor(rate * 2 ** 32);
}

/** A hash of 32 bits: PCG-RXS-M-XS as in Jarzynski and Olano 2020, "Hash Functions for GPU Rendering". */
function pcg(input: number): number {
  const state = (Math.imul(input, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}

/** A hash of an element: Wellons' lowbias32 of `i ^ key`, with the key added once more half way. */
function elementHash(i: number, key: number): number {
  let h = i ^ key;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul((h ^ (h >>> 15)) + key, 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The mask that every device computes: 1 for kept elements, 0 for dropped ones.
 *
 * @param step Seed and number of the training step.
 * @param salt Which dropout of the model.
 * @param count Number of elements, or of groups.
 * @param rate Probability of 0.
 */
export function dropoutMask(
  step: { readonly seed: number; readonly step: number },
  salt: number,
  count: number,
  rate: number,
): Uint8Array {
  const key = pcg(pcg(pcg(step.seed) + step.step) + salt);
  const threshold = dropoutThreshold(rate);
  return Uint8Array.from({ length: count }, (_, i) => Number(elementHash(i, key) >= threshold));
}

/** Options of {@link dropout}. */
export interface DropoutOptions {
  /** Probability that an element becomes zero. */
  readonly rate: number;
  /** Tells apart the places of a model at which dropout is applied. */
  readonly salt: number;
  /** (...) f32, added to the result: a residual stream. */
  readonly residual?: Value;
}

function applyDropout(x: Value, { rate, salt, residual }: DropoutOptions, group: number): Value {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(`Cannot drop a share of ${rate}: the rate is at least 0 and less than 1`);
  }
  if (salt !== salt >>> 0) {
    throw new RangeError(`Cannot salt dropout with ${salt}: it is a whole number below 2^32`);
  }
  if (rate === 0) return residual ? add(residual, x) : x;
  return apply(dropoutOp, residual ? [x, residual] : [x], { rate, salt, group })[0];
}

/**
 * Zeroes a share of the elements at random and scales the others up:
 * `y = residual + x · keep / (1 − rate)`. The mask depends on the seed and number of the step, the salt and
 * the element's index alone, so that the backward pass computes it again.
 *
 * @param x (...) f32.
 * @param options With rate 0 no random numbers are drawn: the result is x, or residual + x.
 * @returns (...) f32.
 * @throws {RangeError} If the rate is not in [0, 1) or the salt is not a 32-bit whole number.
 * @throws {TypeError} If the shapes differ or an operand is not f32.
 * @see Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15, 2014
 */
export function dropout(x: Value, options: DropoutOptions): Value {
  return applyDropout(x, options, 1);
}

/**
 * Drops the whole branch `x` of a share of the samples at random and scales it up for the others:
 * `y[b] = residual[b] + x[b] · keep[b] / (1 − rate)`.
 *
 * @param x (B, ...) f32.
 * @param options With rate 0 no random numbers are drawn: the result is x, or residual + x.
 * @returns (B, ...) f32.
 * @throws {RangeError} If the rate is not in [0, 1) or the salt is not a 32-bit whole number.
 * @throws {TypeError} If the shapes differ or an operand is not f32.
 * @see Huang et al., "Deep Networks with Stochastic Depth", arXiv 1603.09382
 */
export function stochasticDepth(x: Value, options: DropoutOptions): Value {
  return applyDropout(x, options, elementCount(x.shape.slice(1)));
}

/**
 * Max pooling after a rectifier.
 *
 * @module
 */
import { maxPoolBackwardKernel, maxPoolKernel } from "../../kernels/images/max_pool.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference, shapeError } from "../tensor/op.ts";
import { elementCount, type Shape, type Value } from "../tensor/value.ts";
import { isWindow, windowCount, type WindowOptions } from "./unfold.ts";

/** Sizes of an image and of the grid of windows over it, as the kernels name them. */
function geometry([, H, W, C]: Shape, window: WindowOptions) {
  return {
    C,
    H,
    W,
    OUT_H: windowCount(H, window),
    OUT_W: windowCount(W, window),
    KERNEL: window.kernel,
    STRIDE: window.stride,
    PADDING: window.padding ?? 0,
  };
}

/** x (B, H, W, C) → (y (B, OUT_H, OUT_W, C), choice, which the backward pass reads). */
export const maxPoolOp: Op<WindowOptions> = {
  name: "max_pool",
  infer(inputs, window) {
    const [x] = inputs;
    const { kernel, padding = 0 } = window;
    if (x.dtype !== "f32" || x.shape.length !== 4 || !isWindow(window) || 2 * padding > kernel) {
      throw shapeError(
        "max_pool",
        inputs,
        "expected (B, H, W, C) f32, a window of whole numbers, and padding by half of it at most",
      );
    }
    const { C, OUT_H, OUT_W } = geometry(x.shape, window);
    if (OUT_H < 1 || OUT_W < 1) {
      throw shapeError("max_pool", inputs, `a window of ${kernel} does not fit the image`);
    }
    const shape = [x.shape[0], OUT_H, OUT_W, C];
    return [{ shape, dtype: "f32" }, { shape, dtype: "i32" }];
  },
  lower({ inputs: [x], outputs, attributes }) {
    const COUNT = elementCount(outputs[0].shape);
    return [callKernel(maxPoolKernel, {
      constants: { COUNT, ...geometry(x.shape, attributes) },
      reads: { x },
      writes: { y: outputs[0], choice: outputs[1] },
      extent: [COUNT],
      flops: COUNT * attributes.kernel ** 2,
    })];
  },
  vjp({ inputs: [x], outputs: [, choice], cotangents: [dy], attributes, wants, takePending }) {
    if (!dy || !wants(0)) return [undefined];
    const pending = takePending(0);
    const operands = pending ? [dy, choice, pending] : [dy, choice];
    return apply(maxPoolBackwardOp, operands, { ...attributes, shape: x.shape });
  },
  reference([x], { inputs, outputs, attributes }) {
    const y: Reference = new Float64Array(elementCount(outputs[0].shape));
    const choice: Reference = new Float64Array(y.length).fill(-1);
    eachPair(inputs[0].shape, attributes, (from, to, index) => {
      if (x[from] <= y[to]) return;
      y[to] = x[from];
      choice[to] = index;
    });
    return [y, choice];
  },
};

/** Attributes of the gradient of {@link maxPool}. */
export interface MaxPoolBackwardAttributes extends WindowOptions {
  /** Shape of the image. */
  readonly shape: Shape;
}

/** (dy, choice, pending?) → dx + pending: every pixel collects from the windows that chose it. */
export const maxPoolBackwardOp: Op<MaxPoolBackwardAttributes> = {
  name: "max_pool_backward",
  infer: (_, { shape }) => [{ shape, dtype: "f32" }],
  lower({ inputs: [dy, choice, pending], outputs, attributes: { shape, ...window } }) {
    const COUNT = elementCount(shape);
    return [callKernel(maxPoolBackwardKernel, {
      constants: { COUNT, ...geometry(shape, window) },
      reads: { dy, choice, pending },
      writes: { dx: outputs[0] },
      extent: [COUNT],
      flops: elementCount(dy.shape) * window.kernel ** 2,
    })];
  },
  reference([dy, choice, pending], { attributes: { shape, ...window } }) {
    const dx = pending ? pending.slice() : new Float64Array(elementCount(shape));
    eachPair(shape, window, (to, from, index) => {
      if (choice[from] === index) dx[to] += dy[from];
    });
    return [dx];
  },
};

/** Visits every pixel of every window: its index in the image, the window's in the output, its place in the window. */
function eachPair(
  shape: Shape,
  window: WindowOptions,
  visit: (image: number, output: number, index: number) => void,
): void {
  const { C, H, W, OUT_H, OUT_W, KERNEL, STRIDE, PADDING } = geometry(shape, window);
  for (let i = 0; i < shape[0] * OUT_H * OUT_W; i++) {
    const b = Math.floor(i / (OUT_H * OUT_W));
    for (let index = 0; index < KERNEL * KERNEL; index++) {
      const row = Math.floor(i / OUT_W) % OUT_H * STRIDE + Math.floor(index / KERNEL) - PADDING;
      const col = i % OUT_W * STRIDE + index % KERNEL - PADDING;
      if (row < 0 || row >= H || col < 0 || col >= W) continue;
      for (let c = 0; c < C; c++) visit(((b * H + row) * W + col) * C + c, i * C + c, index);
    }
  }
}

/**
 * A rectifier, then the largest value of every window:
 * `y[b, oy, ox, c] = max_ij max(0, x[b, oy·stride + i − padding, ox·stride + j − padding, c])` over pixels of the
 * image. The gradient goes to the first of the largest.
 *
 * @param x (B, H, W, C) f32.
 * @returns (B, OUT_H, OUT_W, C) f32, as many windows as fit.
 * @throws {TypeError} If x is no image or the window does not fit.
 */
export function maxPool(x: Value, options: WindowOptions): Value {
  return apply(maxPoolOp, [x], options)[0];
}

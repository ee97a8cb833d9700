/**
 * The windows of a convolution as rows of a matrix: a product with them is the convolution.
 *
 * @module
 */
import { foldKernel, unfoldKernel } from "../../kernels/images/unfold.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { elementCount, type Shape, type Value } from "../tensor/value.ts";

/** Size and spacing of square windows over an image. */
export interface WindowOptions {
  /** Height and width of a window. */
  readonly kernel: number;
  /** From one window to the next. */
  readonly stride: number;
  /** Rows and columns of zeros around the image; default 0. */
  readonly padding?: number;
}

/** Options of {@link unfold}. */
export interface UnfoldOptions extends WindowOptions {
  /** Whether x is (B, H, W, C) rather than (B, C, H, W); default false. */
  readonly channelsLast?: boolean;
}

/** Windows along one dimension of an image. */
export function windowCount(size: number, { kernel, stride, padding = 0 }: WindowOptions): number {
  return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

/** Whether windows of whole numbers lie where each of them sees a pixel. */
export function isWindow({ kernel, stride, padding = 0 }: WindowOptions): boolean {
  return [kernel, stride, padding].every(Number.isInteger) && kernel > 0 && stride > 0 &&
    padding >= 0 && padding < kernel;
}

/** Sizes of an image and of the grid of windows over it, as the kernels name them. */
function geometry(shape: Shape, { channelsLast = false, ...window }: UnfoldOptions) {
  const [, C, H, W] = channelsLast ? [0, shape[3], shape[1], shape[2]] : shape;
  return {
    C,
    H,
    W,
    OUT_H: windowCount(H, window),
    OUT_W: windowCount(W, window),
    KERNEL: window.kernel,
    STRIDE: window.stride,
    PADDING: window.padding ?? 0,
    CHANNELS_LAST: channelsLast,
  };
}

/** x (B, C, H, W) or (B, H, W, C) → (B, OUT_H, OUT_W, C·kernel·kernel). */
export const unfoldOp: Op<UnfoldOptions> = {
  name: "unfold",
  infer(inputs, options) {
    const [x] = inputs;
    if (x.dtype !== "f32" || x.shape.length !== 4 || !isWindow(options)) {
      throw shapeError("unfold", inputs, "expected (B, C, H, W) f32 and a window of whole numbers");
    }
    const { C, OUT_H, OUT_W } = geometry(x.shape, options);
    if (OUT_H < 1 || OUT_W < 1) {
      throw shapeError("unfold", inputs, `a window of ${options.kernel} does not fit the image`);
    }
    return [{ shape: [x.shape[0], OUT_H, OUT_W, C * options.kernel ** 2], dtype: "f32" }];
  },
  lower({ inputs: [x], outputs, attributes }) {
    const COUNT = elementCount(outputs[0].shape);
    return [callKernel(unfoldKernel, {
      constants: { COUNT, ...geometry(x.shape, attributes) },
      reads: { x },
      writes: { y: outputs[0] },
      extent: [Math.ceil(COUNT / 4)],
    })];
  },
  vjp({ inputs: [x], cotangents: [dy], attributes, wants, takePending }) {
    if (!dy || !wants(0)) return [undefined];
    const pending = takePending(0);
    return apply(foldOp, pending ? [dy, pending] : [dy], { ...attributes, shape: x.shape });
  },
  reference([x], { inputs, outputs, attributes }) {
    const y = new Float64Array(elementCount(outputs[0].shape));
    eachPair(inputs[0].shape, attributes, (from, to) => y[to] = x[from]);
    return [y];
  },
};

/** Attributes of the gradient of {@link unfold}. */
export interface FoldAttributes extends UnfoldOptions {
  /** Shape of the image. */
  readonly shape: Shape;
}

/** (dy, pending?) → dx + pending: every pixel collects from the windows that hold it. */
export const foldOp: Op<FoldAttributes> = {
  name: "fold",
  infer: (_, { shape }) => [{ shape, dtype: "f32" }],
  lower({ inputs: [dy, pending], outputs, attributes }) {
    const { shape, ...options } = attributes;
    const COUNT = elementCount(shape);
    return [callKernel(foldKernel, {
      constants: { COUNT, ...geometry(shape, options) },
      reads: { dy, pending },
      writes: { dx: outputs[0] },
      extent: [COUNT],
      flops: elementCount(dy.shape),
    })];
  },
  reference([dy, pending], { attributes: { shape, ...options } }) {
    const dx = pending ? pending.slice() : new Float64Array(elementCount(shape));
    eachPair(shape, options, (to, from) => dx[to] += dy[from]);
    return [dx];
  },
};

/** Visits every pixel of every window: its index in the image and in the matrix. */
function eachPair(
  shape: Shape,
  options: UnfoldOptions,
  visit: (image: number, matrix: number) => void,
): void {
  const { C, H, W, OUT_H, OUT_W, KERNEL, STRIDE, PADDING, CHANNELS_LAST } = geometry(
    shape,
    options,
  );
  let matrix = 0;
  for (let b = 0; b < shape[0]; b++) {
    for (let y = 0; y < OUT_H; y++) {
      for (let x = 0; x < OUT_W; x++) {
        for (let column = 0; column < C * KERNEL * KERNEL; column++, matrix++) {
          const c = Math.floor(column / (KERNEL * KERNEL));
          const row = y * STRIDE + Math.floor(column / KERNEL) % KERNEL - PADDING;
          const col = x * STRIDE + column % KERNEL - PADDING;
          if (row < 0 || row >= H || col < 0 || col >= W) continue;
          visit(
            CHANNELS_LAST ? ((b * H + row) * W + col) * C + c : ((b * C + c) * H + row) * W + col,
            matrix,
          );
        }
      }
    }
  }
}

/**
 * The windows of a convolution, or the patches of an image, as rows:
 * `y[b, oy, ox, (c, i, j)] = x[b, c, oy·stride + i − padding, ox·stride + j − padding]`, zeros outside the image.
 *
 * With weights (N, C, kernel, kernel) taken as a matrix W (N, C·kernel·kernel), `y·Wᵀ` is the convolution. Patches
 * are windows whose stride is their size.
 *
 * @param x (B, C, H, W) f32 or, with `channelsLast`, (B, H, W, C).
 * @returns (B, OUT_H, OUT_W, C·kernel·kernel) f32, as many windows as fit.
 * @throws {TypeError} If x is no image or the window does not fit.
 */
export function unfold(x: Value, options: UnfoldOptions): Value {
  return apply(unfoldOp, [x], options)[0];
}

import { matmul } from "../../src/ops/matmul.ts";
import { foldOp, unfold, unfoldOp, type UnfoldOptions } from "../../src/ops/unfold.ts";
import { broadcastAdd } from "../../src/ops/broadcast_add.ts";
import { apply } from "../../src/tensor/op.ts";
import { input } from "../../src/tensor/value.ts";
import { testGolden } from "./golden_ops.ts";
import { type OpCase, testOp } from "./sweep.ts";

const cases: readonly (readonly [shape: readonly number[], options: UnfoldOptions])[] = [
  [[1, 1, 1, 1], { kernel: 1, stride: 1 }],
  [[2, 3, 8, 12], { kernel: 4, stride: 4 }],
  [[2, 1, 28, 28], { kernel: 7, stride: 7 }],
  [[1, 2, 9, 7], { kernel: 3, stride: 1, padding: 1 }],
  [[2, 3, 7, 8], { kernel: 3, stride: 2, padding: 1 }],
  [[1, 2, 11, 10], { kernel: 5, stride: 3, padding: 2 }],
  [[2, 9, 7, 5], { kernel: 3, stride: 1, padding: 1, channelsLast: true }],
  [[2, 8, 8, 12], { kernel: 4, stride: 4, channelsLast: true }],
  [[1, 2, 2, 3], { kernel: 3, stride: 1, padding: 1, channelsLast: true }],
];

const describeCase = (shape: readonly number[], { kernel, stride, ...rest }: UnfoldOptions) =>
  `(${shape}) in windows of ${kernel} every ${stride}, padding ${rest.padding ?? 0}` +
  (rest.channelsLast ? ", channels last" : "");

testOp(
  unfoldOp,
  cases.map(([shape, options]): OpCase => ({
    name: describeCase(shape, options),
    inputs: [{ shape }],
    apply: ([x]) => [unfold(x, options)],
    rtol: 0,
  })),
  [
    {
      name: "a matrix",
      run: () => unfold(input("x", [8, 8]), { kernel: 2, stride: 2 }),
      message: /Cannot apply unfold to \(8, 8\): expected \(B, C, H, W\) f32/,
    },
    {
      name: "half a pixel",
      run: () => unfold(input("x", [1, 1, 8, 8]), { kernel: 2.5, stride: 2 }),
      message: /a window of whole numbers/,
    },
    {
      name: "a window larger than the image",
      run: () => unfold(input("x", [1, 1, 8, 8]), { kernel: 9, stride: 9 }),
      message: /a window of 9 does not fit the image/,
    },
  ],
);

testOp(
  foldOp,
  cases.map(([shape, options]): OpCase => ({
    name: describeCase(shape, options),
    inputs: [{ shape: unfold(input("x", shape), options).shape }, { shape }],
    apply: ([dy, pending]) => apply(foldOp, [dy, pending], { ...options, shape }),
    differentiable: false,
    rtol: 1e-6,
  })),
);

testGolden({
  name: "patch_embedding",
  // The weights (D, C, P, P) lie in memory as the matrix (D, C·P·P) does.
  shapes: { w: ([D, ...window]) => [D, window.reduce((product, size) => product * size, 1)] },
  apply({ img, w, b }, { patch }) {
    const [B, , H, W] = img.shape;
    const P = Number(patch);
    const patches = unfold(img, { kernel: P, stride: P });
    const shape = [B, H / P * (W / P), w.shape[0]];
    return broadcastAdd(matmul(patches, w, { transposeB: true, shape }), b);
  },
});

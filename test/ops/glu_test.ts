import { glu, type GluKind, gluOp } from "../../src/ops/glu.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { goldenTensor } from "./golden_ops.ts";
import { type OpCase, testOp } from "./sweep.ts";

const kinds: readonly GluKind[] = ["silu", "relu2"];

testOp(
  gluOp,
  kinds.flatMap((kind): OpCase[] => [
    ...[[2], [1, 2], [45, 130], [3, 5, 24], [128, 256]].map((shape): OpCase => ({
      name: `${kind} (${shape})`,
      inputs: [{ shape }],
      apply: ([x]) => [glu(x, kind)],
    })),
    {
      name: `${kind} of extremes`,
      inputs: [{ shape: [2, 8], data: [0, -0, 30, -30, 1, 2, 3, 4, 100, -100, 1, -1, 5, 6, 7, 8] }],
      apply: ([x]) => [glu(x, kind)],
    },
  ]),
  [
    {
      name: "an odd width",
      run: () => glu(input("x", [2, 5]), "silu"),
      message: /Cannot apply glu to \(2, 5\): expected \(\.\.\., 2F\)/,
    },
    {
      name: "a scalar",
      run: () => glu(input("x", []), "relu2"),
      message: /Cannot apply glu to \(\): /,
    },
  ],
);

/** Rows of two tensors side by side, as the op takes them. */
function joined(a: string, b: string): { readonly shape: number[]; readonly data: Float32Array } {
  const left = goldenTensor(a);
  const right = goldenTensor(b);
  const F = left.shape.at(-1)!;
  const data = new Float32Array(left.data.length * 2);
  for (let i = 0; i < left.data.length; i += F) {
    data.set(left.data.subarray(i, i + F), 2 * i);
    data.set(right.data.subarray(i, i + F), 2 * i + F);
  }
  return { shape: [...left.shape.slice(0, -1), 2 * F], data };
}

for (const [name, kind] of [["swiglu", "silu"], ["relu2_glu", "relu2"]] as const) {
  deviceTest(`golden: ${name}`, async (device) => {
    const { shape, data } = joined(`${name}.gate`, `${name}.up`);
    const x = input("x", shape);
    const y = glu(x, kind);
    const dy = input("dy", y.shape);
    const dx = reverse(y, dy, { wrt: [x] }).gradients.get(x)!;
    const dyData = goldenTensor(`${name}.grad_y`).data;
    const feeds = new Map<Value, HostArray>([[x, data], [dy, dyData]]);
    const [actual, gradient] = await evaluate(device, [y, dx], feeds);
    assertClose(actual, goldenTensor(`${name}.y`).data, { label: "y" });
    const expected = joined(`${name}.grad_gate`, `${name}.grad_up`).data;
    assertClose(gradient, expected, { label: "gradients of gate and up" });
  });
}

import assert from "node:assert/strict";
import { toFloat32, toInt32 } from "../../src/files/tensor.ts";
import { quantizeActivations, quantizeActivationsOp } from "../../src/ops/quantize_activations.ts";
import { evaluate, unpackCodes } from "../../src/tensor/evaluate.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { goldenTensors } from "../golden_files.ts";
import { testOp } from "./sweep.ts";

const tensors = await goldenTensors("quantizers/activations.safetensors");

testOp(
  quantizeActivationsOp,
  [[1, 1], [45, 65], [2, 3, 128], [2, 6912]].flatMap((shape) =>
    [2, 4, 8].map((bits) => ({
      name: `(${shape}) to ${bits} bits`,
      inputs: [{ shape }],
      apply: ([x]: Value[]) => Object.values(quantizeActivations(x, { bits })),
      differentiable: false,
    }))
  ),
  [
    {
      name: "nine bits",
      run: () => quantizeActivations(input("x", [2, 4]), { bits: 9 }),
      message: /Cannot apply quantize_activations to \(2, 4\): bits must be 2 to 8, got 9/,
    },
    {
      name: "a scalar",
      run: () => quantizeActivations(input("x", []), { bits: 8 }),
      message: /Cannot apply quantize_activations to \(\): /,
    },
  ],
);

for (const [name, bits] of [["x", 8], ["x", 4], ["ties8", 8], ["ties4", 4]] as const) {
  deviceTest(`golden: ${name}, absmax of ${bits} bits`, async (device) => {
    const stored = tensors.get(`${name}.x`)!;
    const x = input("x", stored.shape);
    const { codes, scales } = quantizeActivations(x, { bits });
    const data = toFloat32(stored);
    const [words, actualScales] = await evaluate(device, [codes, scales], new Map([[x, data]]));
    const expected = toInt32(tensors.get(`${name}.absmax${bits}.codes`)!);
    assert.deepEqual([...unpackCodes(words, stored.shape.at(-1)!)], [...expected]);
    const inverses = toFloat32(tensors.get(`${name}.absmax${bits}.scale`)!);
    actualScales.forEach((scale, row) => {
      assertClose([scale], [1 / inverses[row]], { rtol: 1e-6, label: `scale of row ${row}` });
    });
  });
}

Deno.test("the gradient of the codes is the gradient of what was quantized", () => {
  const x = input("x", [3, 5]);
  const { codes } = quantizeActivations(x, { bits: 8 });
  const dy = input("dy", [3, 5]);
  assert.equal(reverse(codes, dy, { wrt: [x] }).gradients.get(x), dy);
});

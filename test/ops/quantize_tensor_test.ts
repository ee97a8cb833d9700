import assert from "node:assert/strict";
import { toFloat32, toInt32 } from "../../src/files/tensor.ts";
import { quantizeTensor, quantizeTensorOp, RANGE_WORDS } from "../../src/ops/quantize_tensor.ts";
import { rmsNormPeaks } from "../../src/ops/rms_norm.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { unpackCodes } from "../../src/tensor/evaluate.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { elementCount, input, lastDimension, rowCount, Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { goldenTensors } from "../golden_files.ts";
import { encodeStep } from "../../src/ops/step_values.ts";
import { normal, type OpCase, testOp, testStep } from "./sweep.ts";

const tensors = await goldenTensors("quantizers/activations.safetensors");

/** Largest magnitude of every row. */
function peaksOf(x: Float32Array, columns: number): Float32Array {
  return Float32Array.from(
    { length: x.length / columns },
    (_, row) => Math.max(...x.subarray(row * columns, (row + 1) * columns).map(Math.abs)),
  );
}

/** A case whose running maximum starts at `running`. */
function opCase(shape: number[], bits: number, running: number, training: boolean): OpCase {
  const x = normal(elementCount(shape), 17);
  return {
    name: `(${shape}) to ${bits} bits, ${training ? "training" : "evaluation"} from ${running}`,
    inputs: [
      { shape, data: x },
      { shape: [rowCount(shape)], data: peaksOf(x, lastDimension(shape)) },
      { shape: [RANGE_WORDS], data: new Float32Array(RANGE_WORDS).fill(running, 0, 1) },
    ],
    apply([x, peaks, range]) {
      const { codes } = quantizeTensor(x, peaks, range, { bits, training });
      return [...codes.node!.outputs];
    },
    rtol: 1e-6,
    differentiable: false,
  };
}

testOp(
  quantizeTensorOp,
  [[1, 1], [45, 65], [2, 3, 128], [700, 33], [2, 6912]].flatMap((shape) => [
    opCase(shape, 8, 0, true),
    opCase(shape, 8, 1.5, true),
    opCase(shape, 4, 1.5, false),
    opCase(shape, 8, 0, false),
  ]),
  [
    {
      name: "nine bits",
      run: () =>
        quantizeTensor(input("x", [2, 4]), input("peaks", [2]), input("range", [8]), {
          bits: 9,
          training: true,
        }),
      message: /bits must be 2 to 8, got 9/,
    },
    {
      name: "a maximum for every column",
      run: () =>
        quantizeTensor(input("x", [2, 4]), input("peaks", [4]), input("range", [8]), {
          bits: 8,
          training: true,
        }),
      message: /x must be f32 and have a maximum per row/,
    },
    {
      name: "a range that lies nowhere",
      run: () =>
        quantizeTensor(
          input("x", [2, 4]),
          input("peaks", [2]),
          new Value({ shape: [8], dtype: "f32" }),
          { bits: 8, training: true },
        ),
      message: /the range must lie in a buffer/,
    },
  ],
);

deviceTest("golden: three calls in training and one in evaluation", async (device) => {
  const golden = (call: number, name: string) => tensors.get(`ema.${call}.${name}`)!;
  const shape = golden(0, "x").shape;
  const columns = shape.at(-1)!;
  const x = input("x", shape);
  const peaks = input("peaks", [rowCount(shape)]);
  const range = input("range", [RANGE_WORDS]);
  const compile = async (training: boolean) => {
    const { codes, scales } = quantizeTensor(x, peaks, range, { bits: 8, training });
    const plan = await CompiledPlan.make(device, makePlan([codes, scales]));
    return { plan, codes, scales };
  };
  const training = await compile(true);
  const evaluation = await compile(false);
  let state = new Float32Array(RANGE_WORDS);
  for (let call = 0; call < 4; call++) {
    const { plan, codes, scales } = call < 3 ? training : evaluation;
    assert.deepEqual(golden(call, "x").shape, shape);
    const data = toFloat32(golden(call, "x"));
    plan.write(x, data);
    plan.write(peaks, peaksOf(data, columns));
    plan.write(range, state);
    plan.run(encodeStep({ ...testStep, activationMomentum: 0.99 }));
    state = await plan.read(range) as Float32Array<ArrayBuffer>;
    const label = `call ${call}`;
    assertClose([state[0]], toFloat32(golden(call, "running_max")), { rtol: 1e-6, label });
    const actual = unpackCodes(await plan.read(codes), columns);
    assert.deepEqual([...actual], [...toInt32(golden(call, "codes"))], label);
    const actualScales = await plan.read(scales) as Float32Array;
    const scale = toFloat32(golden(call, "scale"))[0];
    assertClose(actualScales, actualScales.map(() => scale), { rtol: 1e-6, label });
    const values = Float64Array.from(actual, (code) => code * actualScales[0]);
    assertClose(values, toFloat32(golden(call, "dequant")), { rtol: 1e-6, label });
    const words = new Uint32Array(state.buffer);
    assert.equal(words[4], data.length);
    const beyond = data.filter((value) => Math.abs(Math.round(value / scale)) > 127.9).length;
    assert.ok(Math.abs(words[3] - beyond) <= beyond / 10, `${words[3]} beyond, not ${beyond}`);
  }
  for (const { plan } of [training, evaluation]) plan[Symbol.dispose]();
});

deviceTest("every use of a range in a step moves it", async (device) => {
  const range = input("range", [RANGE_WORDS]);
  const use = (data: number[]) => {
    const x = input("x", [1, 4]);
    const peaks = input("peaks", [1]);
    const { codes } = quantizeTensor(x, peaks, range, { bits: 8, training: true });
    return { x, peaks, codes, data: Float32Array.from(data) };
  };
  const uses = [use([1, -2, 0, 0]), use([4, 0, 0, 0])];
  using plan = await CompiledPlan.make(device, makePlan(uses.map(({ codes }) => codes)));
  for (const { x, peaks, data } of uses) {
    plan.write(x, data);
    plan.write(peaks, peaksOf(data, 4));
  }
  plan.run(encodeStep({ ...testStep, activationMomentum: 0.5 }));
  const [running, actual, bound] = await plan.read(range) as Float32Array;
  assert.deepEqual([running, actual, bound], [3, 4, 3]);
  assert.equal(unpackCodes(await plan.read(uses[1].codes), 4)[0], 127);
});

deviceTest("a NaN gets through the quantizer", async (device) => {
  const x = input("x", [2, 8]);
  const peaks = input("peaks", [2]);
  const range = input("range", [RANGE_WORDS]);
  const { scales } = quantizeTensor(x, peaks, range, { bits: 8, training: true });
  using plan = await CompiledPlan.make(device, makePlan([scales]));
  plan.write(range, new Float32Array(RANGE_WORDS).fill(1));
  plan.write(peaks, Float32Array.of(NaN, 1));
  plan.run(encodeStep(testStep));
  assert.ok((await plan.read(scales) as Float32Array).every(Number.isNaN));
});

Deno.test("the gradient passes straight through to what was quantized", () => {
  const x = input("x", [3, 5]);
  const peaks = input("peaks", [3]);
  const { codes } = quantizeTensor(x, peaks, input("range", [8]), { bits: 8, training: true });
  const dy = input("dy", [3, 5]);
  assert.equal(reverse(codes, dy, { wrt: [x] }).gradients.get(x), dy);
});

Deno.test("norm and quantization are three dispatches", () => {
  const { y, peaks } = rmsNormPeaks(input("x", [4, 8]), input("w", [8]), { eps: 1e-5 });
  const { codes } = quantizeTensor(y, peaks, input("range", [8]), { bits: 8, training: true });
  const kernels = makePlan([codes]).dispatches.map(({ kernel }) => kernel.name);
  assert.deepEqual(kernels, ["rms_norm", "running_max", "quantize_tensor"]);
});

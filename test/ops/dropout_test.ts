import assert from "node:assert/strict";
import { dropout, dropoutMask, dropoutOp, stochasticDepth } from "../../src/ops/dropout.ts";
import { evaluate } from "../../src/tensor/evaluate.ts";
import { ancestors, reverse } from "../../src/tensor/reverse.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { input } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { encodeStep } from "../../src/ops/step_values.ts";
import { type OpCase, testOp, testStep } from "./sweep.ts";

testOp(
  dropoutOp,
  [[1, 1], [7, 3, 5], [3, 17, 64]].flatMap((shape): OpCase[] => [
    {
      name: `of the samples of (${shape})`,
      inputs: [{ shape }],
      apply: ([x]) => [stochasticDepth(x, { rate: 0.5, salt: 7 })],
    },
    {
      name: `of the samples of (${shape}) with a residual`,
      inputs: [{ shape }, { shape }],
      apply: ([x, residual]) => [stochasticDepth(x, { rate: 0.5, salt: 3, residual })],
    },
  ]),
);

testOp(
  dropoutOp,
  [[], [1, 1], [45, 65], [128, 128]].flatMap((shape): OpCase[] => [
    {
      name: `(${shape})`,
      inputs: [{ shape }],
      apply: ([x]) => [dropout(x, { rate: 0.3, salt: 7 })],
    },
    {
      name: `(${shape}) with a residual`,
      inputs: [{ shape }, { shape }],
      apply: ([x, residual]) => [dropout(x, { rate: 0.1, salt: 0xffffffff, residual })],
    },
    {
      name: `(${shape}) added to its own input`,
      inputs: [{ shape }],
      apply: ([x]) => [dropout(x, { rate: 0.5, salt: 0, residual: x })],
    },
  ]),
  [
    {
      name: "a residual of another shape",
      run: () => dropout(input("x", [2]), { rate: 0.1, salt: 0, residual: input("r", [3]) }),
      message: /Cannot apply dropout to \(2\), \(3\): /,
    },
    {
      name: "integers",
      run: () => dropout(input("x", [2], "i32"), { rate: 0.1, salt: 0 }),
      message: /Cannot apply dropout to \(2\): /,
    },
  ],
);

Deno.test("dropout: impossible rates and salts throw", () => {
  const x = input("x", [2]);
  for (const rate of [-0.1, 1, 2, NaN]) {
    assert.throws(() => dropout(x, { rate, salt: 0 }), /RangeError: Cannot drop a share of/);
  }
  for (const salt of [-1, 0.5, 2 ** 32]) {
    assert.throws(() => dropout(x, { rate: 0.1, salt }), /RangeError: Cannot salt dropout/);
  }
});

Deno.test("dropout: rate 0 costs no dispatch", () => {
  const x = input("x", [2]);
  assert.equal(dropout(x, { rate: 0, salt: 0 }), x);
  const y = dropout(x, { rate: 0, salt: 0, residual: input("r", [2]) });
  assert.deepEqual(ancestors([y]).map((node) => node.op.name), ["add"]);
});

Deno.test("dropout: the residual's cotangent passes through, the backward pass is one dispatch", () => {
  const x = input("x", [2]);
  const residual = input("r", [2]);
  const dy = input("dy", [2]);
  const y = dropout(x, { rate: 0.5, salt: 0, residual });
  const { gradients } = reverse(y, dy, { wrt: [x, residual] });
  assert.equal(gradients.get(residual), dy);
  assert.equal(makePlan([gradients.get(x)!]).dispatches.length, 1);
});

Deno.test("dropout: masks have the right mean and differ by step, seed, salt and element", () => {
  const count = 1 << 16;
  for (const rate of [0.01, 0.1, 0.5, 0.9]) {
    const mask = dropoutMask({ seed: 1, step: 1 }, 1, count, rate);
    const kept = mask.reduce((sum, keep) => sum + keep, 0);
    // Five standard deviations of the binomial distribution.
    const allowed = 5 * Math.sqrt(count * rate * (1 - rate));
    assert.ok(Math.abs(kept - count * (1 - rate)) < allowed, `rate ${rate} keeps ${kept}`);
  }
  const mask = (seed: number, step: number, salt: number) =>
    dropoutMask({ seed, step }, salt, count, 0.5);
  const base = mask(1, 1, 1);
  const others = [mask(2, 1, 1), mask(1, 2, 1), mask(1, 1, 2)];
  const shifted = base.map((_, i) => base[(i + 1) % count]);
  const swapped = base.map((_, i) => base[i ^ 1]);
  for (const other of [...others, shifted, swapped]) {
    const equal = base.reduce((sum, keep, i) => sum + Number(keep === other[i]), 0);
    assert.ok(Math.abs(equal - count / 2) < 5 * Math.sqrt(count / 4), `${equal} of ${count} agree`);
  }
});

deviceTest("dropout: the device draws the mask of its step", async (device) => {
  const x = input("x", [1001]);
  const y = dropout(x, { rate: 0.25, salt: 11 });
  const ones = new Float32Array(1001).fill(1);
  for (const step of [1, 2]) {
    const [actual] = await evaluate(
      device,
      [y],
      new Map([[x, ones]]),
      encodeStep({ ...testStep, step }),
    );
    const mask = dropoutMask({ seed: testStep.seed, step }, 11, 1001, 0.25);
    assert.deepEqual([...actual], [...mask].map((keep) => keep * Math.fround(1 / 0.75)));
  }
});

deviceTest("stochastic depth: a sample is kept or dropped as a whole", async (device) => {
  const x = input("x", [40, 9]);
  const y = stochasticDepth(x, { rate: 0.25, salt: 5 });
  const ones = new Float32Array(360).fill(1);
  const [actual] = await evaluate(device, [y], new Map([[x, ones]]), encodeStep(testStep));
  const mask = dropoutMask(testStep, 5, 40, 0.25);
  assert.deepEqual([...actual], [...ones].map((_, i) => mask[i / 9 | 0] * Math.fround(1 / 0.75)));
  assert.ok(mask.includes(0) && mask.includes(1));
});

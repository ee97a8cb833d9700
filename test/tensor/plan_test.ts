import assert from "node:assert/strict";
import type { BufferSpec, Plan } from "../../src/device/device.ts";
import { embedding } from "../../src/ops/embedding.ts";
import { add } from "../../src/tensor/add.ts";
import { evaluate } from "../../src/tensor/evaluate.ts";
import { defineKernel } from "../../src/device/kernel.ts";
import { callKernel, type KernelCall } from "../../src/tensor/kernel_call.ts";
import { apply, type Op, scratch } from "../../src/tensor/op.ts";
import {
  concatenatePlans,
  formatPlan,
  makePlan,
  planBytes,
  trafficBytes,
} from "../../src/tensor/plan.ts";
import { byteLengthOf, constant, input, type Value } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { uniform } from "../ops/sweep.ts";

const widenKernel = defineKernel({
  name: "widen",
  reads: { x: "f32" },
  writes: { y: "f32" },
  constants: {},
  wgsl: [],
  phases: () => [],
});

/** Two kernel calls with memory between them. Never run: it makes values of other sizes. */
const widenOp: Op<number> = {
  name: "widen",
  infer: (_, count) => [{ shape: [count], dtype: "f32" }],
  lower({ inputs, outputs }): KernelCall[] {
    const between = scratch(outputs[0]);
    const call = (x: Value, y: Value) =>
      callKernel(widenKernel, { constants: {}, reads: { x }, writes: { y }, extent: [1] });
    return [call(inputs[0], between), call(between, outputs[0])];
  },
  reference: () => [],
};

/** Stands for what a kernel computes: another number for other contents of what it reads. */
const digest = (contents: readonly number[]) =>
  contents.reduce((hash, content) => (hash * 31 + content) % 1000003, 7);

/** A random graph over values of several sizes: two results, and the digest that each must have. */
function randomGraph(seed: number): { value: Value; content: number }[] {
  const random = uniform(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
  const known = [{ value: input("x", [64]), content: 0 }];
  for (let i = 0; i < 40; i++) {
    const a = pick(known.slice(-8));
    const b = pick(known.filter(({ value }) => value.shape[0] === a.value.shape[0]));
    known.push(
      random() < 0.3
        ? {
          value: apply(widenOp, [a.value], pick([64, 100, 256, 1000]))[0],
          content: digest([digest([a.content])]),
        }
        : { value: add(a.value, b.value), content: digest([a.content, b.content]) },
    );
  }
  return [known.at(-1)!, known.at(-5)!];
}

/** Runs a plan on paper and returns the digest that each buffer holds at the end. */
function runOnPaper(plan: Plan): Map<BufferSpec, number> {
  const contents = new Map<BufferSpec, number>();
  plan.dispatches.forEach((dispatch, index) => {
    const reads = dispatch.reads.flatMap((range) => range ? [range.buffer] : []);
    for (const { buffer, byteOffset, byteLength } of dispatch.writes) {
      assert.ok(!reads.includes(buffer), `dispatch ${index} reads and writes ${buffer.label}`);
      assert.ok(byteOffset + byteLength <= buffer.byteLength, `${buffer.label} is too small`);
      contents.set(buffer, digest(reads.map((read) => contents.get(read) ?? 0)));
    }
  });
  return contents;
}

Deno.test("makePlan: slots are reused, never while their value is needed", () => {
  for (let seed = 0; seed < 50; seed++) {
    const results = randomGraph(seed);
    const plan = makePlan(results.map(({ value }) => value));
    const contents = runOnPaper(plan);
    for (const { value, content } of results) {
      assert.equal(contents.get(value.location!.buffer), content, `seed ${seed}`);
    }
    assert.ok(plan.slots.length < plan.dispatches.length / 2, `seed ${seed}: no reuse`);
  }
});

deviceTest("makePlan: a device agrees", async (device) => {
  for (let seed = 0; seed < 5; seed++) {
    const random = uniform(seed);
    const leaf = input("x", [64]);
    const values: { value: Value; sum: number }[] = [{ value: leaf, sum: 1 }];
    for (let i = 0; i < 30; i++) {
      const recent = values.slice(-10);
      const a = recent[Math.floor(random() * recent.length)];
      const b = recent[Math.floor(random() * recent.length)];
      values.push({ value: add(a.value, b.value), sum: a.sum + b.sum });
    }
    const { value, sum } = values.at(-1)!;
    const plan = makePlan([value]);
    assert.ok(plan.slots.length < plan.dispatches.length);
    const [actual] = await evaluate(
      device,
      [value],
      new Map([[leaf, new Float32Array(64).fill(1)]]),
    );
    assert.deepEqual(actual, new Float32Array(64).fill(sum));
  }
});

Deno.test("makePlan: a chain needs two slots however long it is", () => {
  let value = input("x", [64]);
  for (let i = 0; i < 20; i++) value = add(value, value);
  const plan = makePlan([value]);
  assert.equal(plan.dispatches.length, 20);
  assert.equal(plan.slots.length, 2);
  assert.deepEqual(planBytes(plan), { slots: 512, state: 512 });
});

Deno.test("makePlan: results get buffers of their own, and what lies somewhere stays there", () => {
  const x = input("x", [64]);
  const middle = add(x, x);
  const last = add(middle, x);
  const placed = add(last, x);
  placed.location = { buffer: { label: "mine", byteLength: 1024 }, byteOffset: 512 };
  const plan = makePlan([middle, placed]);
  const [first, second, third] = plan.dispatches;
  assert.equal(first.writes[0].buffer.label, "result 0 of add");
  assert.equal(plan.slots.includes(first.writes[0].buffer), false);
  assert.equal(second.reads[0]?.buffer, first.writes[0].buffer);
  assert.deepEqual(third.writes, [{ ...placed.location, byteLength: 256 }]);
  assert.deepEqual(
    plan.state.map((spec) => spec.label).sort(),
    ["mine", "result 0 of add", "x"],
  );
});

Deno.test("makePlan: what the results do not depend on is left out", () => {
  const x = input("x", [4]);
  const y = add(x, x);
  add(y, y);
  assert.equal(makePlan([y]).dispatches.length, 1);
});

Deno.test("makePlan: a leaf can be a result", () => {
  const plan = makePlan([constant("c", [2], Float32Array.of(1, 2))]);
  assert.equal(plan.dispatches.length, 0);
  assert.deepEqual(plan.state.map((spec) => spec.label), ["c"]);
});

Deno.test("concatenatePlans: state is shared, slots are not", () => {
  const x = input("x", [4]);
  const plans = [add(add(x, x), x), add(add(x, x), x)].map((value) => makePlan([value]));
  const both = concatenatePlans(plans);
  assert.equal(both.dispatches.length, 4);
  assert.equal(both.slots.length, 2);
  assert.deepEqual(
    both.state.map((spec) => spec.label).sort(),
    ["result 0 of add", "result 0 of add", "x"],
  );
});

Deno.test("formatPlan: one line per dispatch and a sum", () => {
  const x = input("x", [3, 5]);
  const plan = makePlan([add(add(x, x), x)]);
  const lines = formatPlan(plan).split("\n");
  assert.equal(lines.length, 3);
  assert.match(lines[0], /^ +0 +add +add +15×1×1 +15 FLOP +180 B +x, x → slot 0$/);
  assert.match(lines[1], /^ +1 +add +add +15×1×1 .* slot 0, x → result 0 of add$/);
  assert.equal(lines[2], "2 dispatches, 256 B in slots, 512 B of state");
  assert.equal(trafficBytes(plan.dispatches[0]), 180);
});

Deno.test("byteLengthOf: rows of codes are padded to whole words", () => {
  assert.equal(byteLengthOf({ shape: [3, 5], dtype: "i8" }), 24);
  assert.equal(byteLengthOf({ shape: [3, 5], dtype: "f32" }), 60);
  assert.equal(byteLengthOf({ shape: [], dtype: "i32" }), 4);
});

Deno.test("constant: the data must have the size of the shape", () => {
  assert.throws(
    () => constant("c", [2, 3], new Float32Array(5)),
    /RangeError: Cannot make constant c of shape \(2, 3\) from 5 elements/,
  );
});

Deno.test("trafficBytes: a dispatch that touches part of its operands says how much", () => {
  const [ids, table] = [input("ids", [3], "i32"), input("table", [100, 5])];
  const { dispatches: [dispatch] } = makePlan([embedding(ids, table)]);
  assert.equal(trafficBytes(dispatch), 4 * (3 + 3 * 5 + 3 * 5));
});

import assert from "node:assert/strict";
import { addKernel } from "../../kernels/elementwise/add.ts";
import { CpuDevice, type CpuDeviceOptions } from "../../src/device/cpu/cpu_device.ts";
import type { BufferSpec, Dispatch, Plan } from "../../src/device/device.ts";
import { openDevice } from "../../src/device/open_device.ts";
import { WorkError } from "../../src/errors.ts";
import { activation } from "../../src/ops/activation.ts";
import { crossEntropy } from "../../src/ops/cross_entropy.ts";
import { dropout } from "../../src/ops/dropout.ts";
import { embedding } from "../../src/ops/embedding.ts";
import { glu } from "../../src/ops/glu.ts";
import { add } from "../../src/tensor/add.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { input } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { encodeStep } from "../../src/ops/step_values.ts";
import { normal, testStep } from "../ops/sweep.ts";

function workError(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof WorkError, `expected a WorkError, got ${error}`);
    assert.match(error.message, pattern);
    return true;
  };
}

const MIB = 1 << 20;

/** Embedding, dropout, activation, gate and cross entropy, with the gradient of the table: many reductions. */
async function lossAndGradient(options: CpuDeviceOptions): Promise<Float32Array> {
  using device = await CpuDevice.open(options);
  const [tokens, classes, width] = [700, 65, 2 * 65];
  const ids = input("ids", [tokens], "i32");
  const table = input("table", [classes, width]);
  const hidden = dropout(embedding(ids, table), { rate: 0.1, salt: 1 });
  const logits = glu(add(hidden, activation(hidden, "gelu")), "silu");
  const { loss } = crossEntropy(logits, ids, { labelSmoothing: 0.1 });
  const seed = input("seed", []);
  const dTable = reverse(loss, seed, { wrt: [table] }).gradients.get(table)!;
  using plan = await CompiledPlan.make(device, makePlan([loss, dTable]));
  plan.write(ids, Int32Array.from({ length: tokens }, (_, i) => (i * 31) % classes));
  plan.write(table, normal(classes * width, 5));
  plan.write(seed, Float32Array.of(1));
  plan.run(encodeStep(testStep));
  const results = [await plan.read(loss), await plan.read(dTable)];
  return Float32Array.from(results.flatMap((array) => [...array]));
}

/** One sum over enough elements for several threads. */
async function addition(device: CpuDevice, count = 1 << 18) {
  const x = input("x", [count]);
  const y = add(x, x);
  return { x, y, plan: await CompiledPlan.make(device, makePlan([y])) };
}

/** Where an executable has its program: tests damage it. */
function programOf(plan: CompiledPlan): number {
  return (plan.executable as unknown as { program: number }).program;
}

Deno.test("CpuDevice: memory that is used again is zeroed", async () => {
  using device = await CpuDevice.open({ threads: 1 });
  for (const byteLength of [1000, 600, 3000]) {
    using buffer = device.allocate({ label: "a", byteLength });
    assert.deepEqual(new Uint8Array(await device.read(buffer)), new Uint8Array(byteLength));
    device.write(buffer, new Uint8Array(byteLength).fill(255));
  }
});

Deno.test("CpuDevice: released memory is used again, whatever the order of release", async () => {
  using device = await CpuDevice.open({ threads: 1, maxMemoryBytes: 4 * MIB });
  for (let round = 0; round < 20; round++) {
    const buffers = [1, 2, 3].map((i) => device.allocate({ label: "a", byteLength: i * 400_000 }));
    for (const index of [round % 3, (round + 1) % 3, (round + 2) % 3]) {
      buffers[index][Symbol.dispose]();
      buffers[index][Symbol.dispose]();
    }
  }
  // One that is larger than all before it grows out of what is free at the end.
  device.allocate({ label: "a", byteLength: 3_500_000 })[Symbol.dispose]();
});

Deno.test("CpuDevice: a memory that cannot grow says how much was asked and what to reduce", async () => {
  using device = await CpuDevice.open({ threads: 1, maxMemoryBytes: 8 * MIB });
  using _held = device.allocate({ label: "weights", byteLength: 3 * MIB });
  assert.throws(
    () => device.allocate({ label: "logits", byteLength: 6 * MIB }),
    workError(
      /^Cannot allocate 6291456 bytes for logits: that makes 9\d{6} bytes.* can have 8388608; reduce the batch, the context or the width$/,
    ),
  );
  // What is there goes on working.
  using _more = device.allocate({ label: "small", byteLength: MIB });
  using whole = await CpuDevice.open({ threads: 1 });
  assert.throws(
    () => whole.allocate({ label: "logits", byteLength: 5 * 2 ** 30 }),
    workError(/^Cannot allocate 5368709120 bytes for logits: .*; reduce the batch/),
  );
});

Deno.test("CpuDevice: bytes are written and read at an offset, and never beyond a buffer", async () => {
  using device = await CpuDevice.open({ threads: 1 });
  const initial = Uint32Array.of(1, 2, 3, 4, 5);
  using buffer = device.allocate({ label: "bytes", byteLength: 20, initial });
  device.write(buffer, Uint32Array.of(7, 8), 8);
  assert.deepEqual(new Uint32Array(await device.read(buffer)), Uint32Array.of(1, 2, 7, 8, 5));
  assert.deepEqual(new Uint32Array(await device.read(buffer, 12, 8)), Uint32Array.of(8, 5));
  const beyond = /^RangeError: Cannot write 8 bytes at 16 of bytes: it has 20$/;
  assert.throws(() => device.write(buffer, Uint32Array.of(1, 2), 16), beyond);
  await assert.rejects(device.read(buffer, 16, 8), /^RangeError: Cannot read 8 bytes at 16/);
});

Deno.test("CpuDevice: 1, 2, 3 and more threads than cores give the same bits", async () => {
  const expected = await lossAndGradient({ threads: 1 });
  assert.ok(expected.every(Number.isFinite) && expected[0] > 1, `loss ${expected[0]}`);
  for (const threads of [2, 3, (navigator.hardwareConcurrency || 1) + 5]) {
    const actual = await lossAndGradient({ threads });
    assert.deepEqual(
      new Uint32Array(actual.buffer),
      new Uint32Array(expected.buffer),
      `${threads}`,
    );
  }
});

Deno.test("CpuDevice: without shared memory one thread gives the same bits, also when memory grows", async () => {
  using device = await CpuDevice.open({ threads: 4, shared: false });
  assert.match(device.description.name, /^1 thread,/);
  assert.ok(!(device.memory.memory.buffer instanceof SharedArrayBuffer));
  const { x, y, plan } = await addition(device);
  plan.write(x, new Float32Array(1 << 18).fill(2));
  plan.run();
  using _growth = device.allocate({ label: "growth", byteLength: 50 * MIB });
  plan.run();
  assert.equal((await plan.read(y))[77], 4);
  plan[Symbol.dispose]();
  const shared = await lossAndGradient({ threads: 2 });
  assert.deepEqual(await lossAndGradient({ shared: false }), shared);
});

Deno.test("CpuDevice: the build without relaxed SIMD agrees with the other", async () => {
  using device = await CpuDevice.open({ threads: 1, relaxed: false });
  assert.match(device.description.name, /WebAssembly SIMD$/);
  const plain = await lossAndGradient({ threads: 2, relaxed: false });
  assertClose(plain, await lossAndGradient({ threads: 2 }), { rtol: 1e-5, label: "plain SIMD" });
});

Deno.test("CpuDevice: a number of threads that makes no sense is refused", async () => {
  for (const threads of [0, -1, 1.5, 65, NaN]) {
    await assert.rejects(
      CpuDevice.open({ threads }),
      /^RangeError: Cannot use .* threads: 1 to 64/,
    );
    await assert.rejects(openDevice({ backend: "cpu", threads }), RangeError);
  }
  using device = await openDevice({ backend: "cpu", threads: 2 });
  assert.match(device.description.name, /^2 threads, WebAssembly/);
});

const dispatch: Dispatch = {
  kernel: addKernel,
  constants: { COUNT: 1, HAS_B: 0, ACCUMULATE: 0 },
  reads: [],
  writes: [],
  extent: [1, 1, 1],
  stepBytes: 0,
  label: "test",
  flops: 0,
};

Deno.test("CpuDevice: a function, a constant or a buffer that is missing is named", async () => {
  using device = await CpuDevice.open({ threads: 1 });
  const compile = (changed: Partial<Dispatch>, slots: BufferSpec[] = []) => {
    const plan: Plan = { dispatches: [{ ...dispatch, ...changed }], slots, state: [] };
    return device.compile(plan, new Map());
  };
  await assert.rejects(
    compile({
      kernel: { ...addKernel, phases: () => [{ entry: "teleport", units: 1, grain: 1 }] },
    }),
    /^TypeError: Cannot find the kernel function teleport/,
  );
  await assert.rejects(
    compile({ constants: { COUNT: 1 } }),
    workError(/^Cannot run kernel add: constant HAS_B is missing/),
  );
  const buffer = { label: "nowhere", byteLength: 4 };
  const reads = [{ buffer, byteOffset: 0, byteLength: 4 }];
  await assert.rejects(
    compile({ reads }),
    /^TypeError: Cannot compile the plan: no buffer nowhere/,
  );
});

Deno.test("CpuDevice: replays create nothing", async () => {
  using device = await CpuDevice.open({ threads: 2 });
  const { x, y, plan } = await addition(device);
  const before = device.counters;
  for (let i = 1; i <= 50; i++) {
    plan.write(x, new Float32Array(1 << 18).fill(i));
    plan.run();
    assert.equal((await plan.read(y))[1 << 17], 2 * i);
  }
  assert.deepEqual(device.counters, { ...before, submits: before.submits + 50 });
  plan[Symbol.dispose]();
});

Deno.test("CpuDevice: a profile times every dispatch and computes the same", async () => {
  using device = await CpuDevice.open({ threads: 2 });
  const x = input("x", [1 << 16]);
  const y = add(add(x, x), x);
  using plan = await CompiledPlan.make(device, makePlan([y]));
  plan.write(x, new Float32Array(1 << 16).fill(2));
  const timings = await plan.executable.profile();
  assert.deepEqual(timings.map((timing) => timing.dispatch), [...plan.executable.plan.dispatches]);
  for (const { ms } of timings) assert.ok(ms > 0 && ms < 10_000, `${ms} ms`);
  assert.equal((await plan.read(y))[99], 6);
});

Deno.test("CpuDevice: a kernel that fails on any thread stops the run and all later ones", async () => {
  using device = await CpuDevice.open({ threads: 3 });
  const { plan } = await addition(device);
  new DataView(device.memory.memory.buffer).setInt32(programOf(plan), 9999, true);
  const stopped = workError(
    /^Cannot go on with the CPU device: a .*; start again, a run from its last checkpoint$/,
  );
  assert.throws(() => plan.run(), stopped);
  assert.throws(() => plan.run(), stopped);
  await assert.rejects(plan.executable.profile(), stopped);
  plan[Symbol.dispose]();
});

Deno.test("CpuDevice: a worker that dies in its work stops the run", async () => {
  using device = await CpuDevice.open({ threads: 2 });
  const count = 4 * MIB;
  const { plan } = await addition(device, count);
  plan.run();
  await new Promise((resolve) => setTimeout(resolve, 100));
  // Two chunks: the first thread is busy with the one in bounds when a worker takes the one beyond the memory.
  const words = new DataView(device.memory.memory.buffer, programOf(plan), 64);
  [2 ** 30, count, 2].forEach((word, i) => words.setInt32(8 + 4 * i, word, true));
  assert.throws(
    () => plan.run(),
    workError(/^Cannot go on with the CPU device: (a worker thread died|a kernel failed: memory)/),
  );
  plan[Symbol.dispose]();
});

Deno.test("CpuDevice: workers that are gone leave the work to the first thread", async () => {
  using device = await CpuDevice.open({ threads: 3 });
  const { x, y, plan } = await addition(device);
  plan.run();
  device.threads[Symbol.dispose]();
  plan.write(x, new Float32Array(1 << 18).fill(3));
  plan.run();
  assert.equal((await plan.read(y))[0], 6);
  plan[Symbol.dispose]();
});

Deno.test("CpuDevice: plans that come and go while workers sleep do not disturb each other", async () => {
  using device = await CpuDevice.open({ threads: 4 });
  for (let round = 1; round <= 200; round++) {
    const count = 22_000 + 97 * round;
    const { x, y, plan } = await addition(device, count);
    plan.write(x, new Float32Array(count).fill(round));
    plan.run();
    const sum = await plan.read(y);
    assert.ok(sum.every((value) => value === 2 * round), `round ${round}`);
    plan[Symbol.dispose]();
  }
});

Deno.test("CpuDevice: waking a worker costs microseconds", async () => {
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
  const measure = async (threads: number) => {
    using device = await CpuDevice.open({ threads });
    // Little more than the least that is shared.
    const { plan } = await addition(device, 22_000);
    const us: number[] = [];
    for (let i = 0; i < 500; i++) {
      const started = performance.now();
      plan.run();
      us.push(1000 * (performance.now() - started));
    }
    plan[Symbol.dispose]();
    return median(us);
  };
  const [one, two] = [await measure(1), await measure(2)];
  console.log(`  a replay: ${one.toFixed(1)} µs on one thread, ${two.toFixed(1)} µs on two`);
  // Some 5 µs where nothing else runs; a message between threads would take tens, a sleep that is missed 100 ms.
  assert.ok(two < one + 1000, `${two} µs`);
});

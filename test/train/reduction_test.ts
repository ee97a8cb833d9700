/** What happens between the gradients of a step and its update. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { STEP_SETTINGS } from "../../src/bench/measure.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { WorkError } from "../../src/errors.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { type ReducedValues, type Reduction, ReductionError } from "../../src/train/reduction.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { type StepOptions, TrainingStep } from "../../src/train/step.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";
import { runTiny, withFolder } from "./tiny_run.ts";

const STEPS = 20;
const batchOf = (seed: number, length = 16) => {
  const tokens = randomTokens(length + 1, seed);
  return { tokens: tokens.slice(0, -1), targets: tokens.slice(1) };
};

function newModel(device: Device, config = tinyConfig()): LanguageModel {
  const model = new LanguageModel(config, device);
  model.memory.initialize(0);
  return model;
}

const makeStep = (model: LanguageModel, options: Partial<StepOptions> & { batch?: number } = {}) =>
  TrainingStep.make(model, {
    ...{ batch: 2, context: 8, accumulate: 1, labelSmoothing: 0 },
    ...options,
  });

const all = ({ gradients, losses, runningMaxima }: ReducedValues) => [
  ...gradients,
  losses,
  runningMaxima,
];

deviceTest("a reduction that changes nothing changes no bit", async (device) => {
  const config = tinyConfig({ quantization: makeQuantization({ activationScheme: "ema_tensor" }) });
  const accumulate = 2;
  const train = async (reduce?: Reduction) => {
    using model = newModel(device, config);
    using step = await makeStep(model, { accumulate, reduce });
    assert.equal(step.compiled.length, reduce ? 2 : 1);
    const { submits } = device.counters;
    for (let number = 1; number <= STEPS; number++) {
      const batches = [batchOf(2 * number), batchOf(2 * number + 1)];
      await step.run(batches, { ...STEP_SETTINGS, step: number });
    }
    assert.equal(device.counters.submits - submits, (reduce ? 2 : 1) * STEPS);
    const records = await step.records(1, STEPS);
    return { records, weights: await model.memory.read("parameters") };
  };
  let calls = 0;
  const expected = await train();
  const found = await train(async (values) => {
    calls++;
    assert.deepEqual([values.losses.length, values.runningMaxima.length], [accumulate, 4]);
    for (const part of all(values)) {
      const numbers = await part.read();
      assert.equal(numbers.length, part.length);
      assert.ok(numbers.some((number) => number !== 0), `${part.label} are there`);
      part.write(numbers);
    }
  });
  assert.equal(calls, STEPS, "once per step, not per micro-batch");
  assert.deepEqual(found, expected);
});

/** Reductions of two steps, each of which waits for the other; then all values are their mean. */
function meeting(): Reduction {
  let waiting: { values: ReducedValues; done: () => void } | undefined;
  return async (values) => {
    if (!waiting) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting = { values, done: resolve };
      return await promise;
    }
    const [other, { done }] = [all(waiting.values), waiting];
    waiting = undefined;
    for (const [i, part] of all(values).entries()) {
      const [mine, theirs] = [await part.read(), await other[i].read()];
      const mean = mine.map((value, j) => (value + theirs[j]) / 2);
      part.write(mean);
      other[i].write(mean);
    }
    done();
  };
}

deviceTest("two models that share the mean of their gradients train as one", async (device) => {
  const config = tinyConfig({ bits: 32 });
  const reduce = meeting();
  using first = newModel(device, config);
  using second = newModel(device, config);
  using one = newModel(device, config);
  using firstStep = await makeStep(first, { gradientBits: 32, reduce });
  using secondStep = await makeStep(second, { gradientBits: 32, reduce });
  // A software GPU compiles kernels for a batch of four; that half of them as two micro-batches is the same is well known.
  const joined = device.description.backend === "cpu";
  const size = joined ? { batch: 4, accumulate: 1 } : { batch: 2, accumulate: 2 };
  using oneStep = await makeStep(one, { gradientBits: 32, ...size });
  for (let number = 1; number <= 10; number++) {
    const settings = { ...STEP_SETTINGS, step: number };
    const [a, b] = [batchOf(2 * number), batchOf(2 * number + 1)];
    await Promise.all([firstStep.run([a], settings), secondStep.run([b], settings)]);
    const join = (key: "tokens" | "targets") => Int32Array.of(...a[key], ...b[key]);
    const whole = { tokens: join("tokens"), targets: join("targets") };
    await oneStep.run(joined ? [whole] : [a, b], settings);
  }
  const read = async (model: LanguageModel) => await model.memory.read("parameters");
  const [left, right, whole] = [await read(first), await read(second), await read(one)];
  assert.deepEqual(left, right);
  using start = newModel(device, config);
  const before = await read(start);
  const floats = ({ data }: { data: ArrayBufferView }) =>
    new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  for (const [name, tensor] of whole) {
    assertClose(floats(left.get(name)!), floats(tensor), { rtol: 1e-3, label: name });
    assert.notDeepEqual(floats(tensor), floats(before.get(name)!), `${name} was trained`);
  }
  const [shared, alone] = [await firstStep.records(1, 10), await oneStep.records(1, 10)];
  assertClose(shared.map(({ loss }) => loss), alone.map(({ loss }) => loss), { rtol: 1e-4 });
  assertClose(
    shared.map(({ gradientNorm }) => gradientNorm),
    alone.map(({ gradientNorm }) => gradientNorm),
    { rtol: 1e-3 },
  );
});

deviceTest("a reduction that fails leaves weights and moments as they were", async (device) => {
  const kinds = ["parameters", "first_moment", "second_moment"];
  let failing = false;
  const cause = new Error("the line is dead");
  using model = newModel(device);
  using step = await makeStep(model, {
    reduce: () => failing ? Promise.reject(cause) : Promise.resolve(),
  });
  const run = (number: number) => step.run([batchOf(number)], { ...STEP_SETTINGS, step: number });
  for (const number of [1, 2]) await run(number);
  const before = [];
  for (const kind of kinds) before.push(await model.memory.read(kind));
  failing = true;
  await assert.rejects(
    run(3),
    (error) =>
      error instanceof ReductionError && error.cause === cause &&
      error.message === "Cannot reduce the gradients of step 3: the line is dead",
  );
  const after = [];
  for (const kind of kinds) after.push(await model.memory.read(kind));
  assert.deepEqual(after, before);
  failing = false;
  await run(3);
  assert.notDeepEqual(await model.memory.read("parameters"), before[0]);
});

deviceTest("values of a reduction are written as a whole", async (device) => {
  using model = newModel(device);
  using step = await makeStep(model, {
    reduce({ gradients: [gradients], runningMaxima }) {
      assert.equal(runningMaxima.length, 0);
      runningMaxima.write(new Float32Array());
      gradients.write(new Float32Array(3));
      return Promise.resolve();
    },
  });
  await assert.rejects(
    step.run([batchOf(1)], STEP_SETTINGS),
    /Cannot write 3 values of gradients: there are \d+$/,
  );
});

Deno.test("train: when a reduction fails, a checkpoint is saved and resumes bit for bit", async () => {
  await withFolder(async (folder) => {
    const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
    using device = await CpuDevice.open({ threads: 2 });
    // The loop waits for the device before it evaluates.
    const options = { evalEvery: 5 };
    await runTiny({ device, path: whole, options });
    let calls = 0;
    const reduce = () =>
      ++calls === 6 ? Promise.reject(new Error("the line is dead")) : Promise.resolve();
    await assert.rejects(
      runTiny({ device, path: broken, options, hooks: { reduce } }),
      (error) =>
        error instanceof WorkError &&
        /of step 6: the line is dead; a checkpoint of step 5 was saved$/.test(error.message),
    );
    const [{ path: from, step }] = await new RunDirectory(broken).checkpoints();
    assert.equal(step, 5);
    await runTiny({ device, path: broken, options, from, hooks: { reduce } });
    const losses = async (path: string) =>
      (await new RunDirectory(path).metrics())
        .filter(({ split }) => split === "train").map(({ loss }) => loss);
    assert.deepEqual(await losses(broken), await losses(whole));
  });
});

/** An optimizer that is not of this repository: stochastic gradient descent with momentum. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError } from "../../src/errors.ts";
import { readSafetensors } from "../../src/files/safetensors.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { scaledAdd } from "../../src/ops/scaled_add.ts";
import { loadCheckpoint } from "../../src/train/checkpoint.ts";
import type { Optimizer } from "../../src/train/optimizer.ts";
import { findOptimizer, registerOptimizer } from "../../src/train/optimizers.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { TrainingStep } from "../../src/train/step.ts";
import { STEP_SETTINGS } from "../../src/bench/measure.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";
import { checkpointBytes, resumeTiny, runTiny, withFolder } from "./tiny_run.ts";

const MOMENTUM = 0.9;

/** u ← 0.9 u + g, w ← w − η u. */
const momentumDescent: Optimizer = {
  name: "momentum_descent",
  states: ["velocity"],
  scalars: ({ learningRate }) => [MOMENTUM, 1, -learningRate],
  update: (shards, norm) =>
    shards.flatMap(({ parameters, gradients, states: [velocity] }) => {
      const moved = scaledAdd(velocity, gradients, norm, { x: 1, y: 0 });
      return [moved, scaledAdd(parameters, moved, norm, { x: 2, y: 1 })];
    }),
};
registerOptimizer(momentumDescent);

const options = { optimizer: momentumDescent.name, learningRate: 0.3, steps: 12, saveEvery: 6 };

deviceTest("an optimizer from outside trains, saves, and resumes bit for bit", async (device) => {
  await withFolder(async (folder) => {
    const [whole, resumed] = [join(folder, "whole"), join(folder, "resumed")];
    await runTiny({ device, path: whole, options });
    const run = new RunDirectory(whole);
    const lines = (await run.metrics()).filter(({ split }) => split === "train");
    assert.ok(lines.at(-1)!.loss < lines[0].loss - 0.1, "it learns");

    const [middle, last] = await run.checkpoints();
    const { tensors, metadata } = await readSafetensors(join(last.path, "optimizer.safetensors"));
    assert.equal(metadata.optimizer, momentumDescent.name);
    assert.ok([...tensors.keys()].every((name) => name.startsWith("velocity.")));
    assert.ok(tensors.has("velocity.model.norm.weight"));

    await resumeTiny({ device, path: resumed, options, from: middle.path });
    const again = join(resumed, "checkpoints", "step-000012");
    assert.deepEqual(await checkpointBytes(again), await checkpointBytes(last.path));

    using model = new LanguageModel(tinyConfig(), device);
    await assert.rejects(
      loadCheckpoint(middle.path, model),
      (error) =>
        error instanceof InputError &&
        /it is of the optimizer momentum_descent and the run's is adamw/.test(error.message),
    );
  });
});

deviceTest("an optimizer from outside does what it says", async (device) => {
  using model = new LanguageModel(tinyConfig(), device);
  model.memory.initialize(0);
  const shape = { batch: 2, context: 8, accumulate: 1, labelSmoothing: 0 };
  using step = await TrainingStep.make(model, { ...shape, optimizer: momentumDescent.name });
  const name = "model.embed_tokens.weight";
  const valuesOf = async (kind: string) => {
    const { data } = (await model.memory.read(kind)).get(name)!;
    return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  };
  let weights = await valuesOf("parameters");
  let velocity = new Float32Array(weights.length);
  for (let number = 1; number <= 3; number++) {
    const tokens = randomTokens(16, number);
    await step.run([{ tokens, targets: tokens }], {
      ...STEP_SETTINGS,
      step: number,
      learningRate: 0.5,
    });
    const gradients = await valuesOf("gradients");
    velocity = velocity.map((value, i) => MOMENTUM * value + gradients[i]);
    weights = weights.map((value, i) => value - 0.5 * velocity[i]);
    assertClose(await valuesOf("velocity"), velocity, { rtol: 1e-5, label: "velocity" });
    assertClose(await valuesOf("parameters"), weights, { rtol: 1e-5, label: "weights" });
  }
});

Deno.test("optimizers have one name each, and are known by it", () => {
  assert.equal(findOptimizer("momentum_descent"), momentumDescent);
  assert.equal(findOptimizer("adamw").name, "adamw");
  registerOptimizer(momentumDescent);
  const other = { ...momentumDescent };
  const isInput = (message: RegExp) => (error: unknown) =>
    error instanceof InputError && message.test(error.message);
  assert.throws(() => registerOptimizer(other), isInput(/there is one of that name already/));
  assert.throws(() => findOptimizer("lion"), isInput(/Cannot find the optimizer lion: there is/));
});

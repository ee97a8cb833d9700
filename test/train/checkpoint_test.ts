import assert from "node:assert/strict";
import { join } from "node:path";
import type { Device } from "../../src/device/device.ts";
import { InputError } from "../../src/errors.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import {
  listCheckpoints,
  loadCheckpoint,
  readRunState,
  type RunState,
  saveCheckpoint,
} from "../../src/train/checkpoint.ts";
import { initialState } from "../../src/train/initial_state.ts";
import { deviceTest } from "../devices.ts";
import { tinyConfig } from "../tiny_text.ts";
import { tinyOptions, withFolder } from "./tiny_run.ts";

const state = (step: number): RunState => ({
  ...initialState(tinyOptions()),
  step,
  batches: { seed: 3, stream: 2, position: 4321 },
  plateau: { factor: 0.25, bestLoss: 1.5, badEvaluations: 2 },
  best: { step: 2, loss: 1.5 },
  badEvaluations: 2,
  lastLoss: 1.75,
});

/** A model whose weights and moments are all different numbers. */
function filledModel(device: Device, config = tinyConfig()): LanguageModel {
  const model = new LanguageModel(config, device);
  model.memory.initialize(1);
  return model;
}

async function filledMoments(model: LanguageModel): Promise<void> {
  const other = new LanguageModel(model.config, model.device);
  for (const [seed, kind] of [[2, "first_moment"], [3, "second_moment"]] as const) {
    other.memory.initialize(seed);
    await model.memory.write(kind, await other.memory.read("parameters"), "a test");
  }
  other[Symbol.dispose]();
}

async function rejection(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (error) => error);
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, /^Cannot /);
  assert.ok(!error.message.includes("\n"));
  return error.message;
}

deviceTest(
  "a checkpoint gives back weights, moments and state bit for bit",
  (device) =>
    withFolder(async (folder) => {
      using model = filledModel(device);
      await filledMoments(model);
      const path = await saveCheckpoint(folder, model, state(7), 5);
      assert.equal(path, join(folder, "step-000007"));
      assert.deepEqual(await readRunState(path), state(7));
      using other = new LanguageModel(model.config, device);
      await loadCheckpoint(path, other);
      for (const kind of ["parameters", "first_moment", "second_moment"] as const) {
        assert.deepEqual(await other.memory.read(kind), await model.memory.read(kind), kind);
      }
    }),
);

deviceTest(
  "checkpoints are listed by step, and only the last are kept",
  (device) =>
    withFolder(async (folder) => {
      assert.deepEqual(await listCheckpoints(join(folder, "none")), []);
      using model = filledModel(device);
      for (const step of [5, 999_999, 1_000_000, 20]) {
        await saveCheckpoint(folder, model, state(step), 3);
      }
      // What a killed process leaves is no checkpoint.
      await Deno.mkdir(join(folder, ".step-000030.tmp"));
      await Deno.writeTextFile(join(folder, "step-000040"), "");
      assert.deepEqual(
        (await listCheckpoints(folder)).map(({ step }) => step),
        [20, 999_999, 1_000_000],
      );
    }),
);

deviceTest(
  "a checkpoint of another configuration is refused, even if its shapes fit",
  (device) =>
    withFolder(async (folder) => {
      using model = filledModel(device);
      const path = await saveCheckpoint(folder, model, state(7), 5);
      const others: [Parameters<typeof tinyConfig>[0], RegExp][] = [
        [{ intermediateSize: 48 }, /intermediate_size is 32 and the run's is 48/],
        [{ bits: 1 }, /weight_bits is 1\.58 and the run's is 1/],
        [{ activation: "relu2" }, /hidden_act is "silu" and the run's is "relu2"/],
        [
          { quantization: makeQuantization({ weightGranularity: "row" }) },
          /weight_granularity is "tensor" and the run's is "row"/,
        ],
      ];
      for (const [options, why] of others) {
        using other = new LanguageModel(tinyConfig(options), device);
        const message = await rejection(loadCheckpoint(path, other));
        assert.match(message, why);
        assert.ok(message.includes(`remove ${path} to go on`), message);
      }
    }),
);

const DAMAGES: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
  ["truncated", (bytes) => bytes.slice(0, bytes.length - 5)],
  ["empty", () => new Uint8Array()],
  ["changed by a bit", (bytes) => bytes.with(bytes.length - 9, bytes.at(-9)! ^ 1)],
];

for (const [damage, change] of DAMAGES) {
  deviceTest(
    `a checkpoint with a file that is ${damage} is refused and named`,
    (device) =>
      withFolder(async (folder) => {
        using model = filledModel(device);
        const path = await saveCheckpoint(folder, model, state(7), 5);
        for (const name of ["model.safetensors", "optimizer.safetensors"]) {
          const file = join(path, name);
          const whole = await Deno.readFile(file);
          await Deno.writeFile(file, change(whole));
          const message = await rejection(loadCheckpoint(path, model));
          assert.ok(message.startsWith(`Cannot read ${file}: `), message);
          assert.ok(message.endsWith(`remove ${path} to go on from the checkpoint before it`));
          await Deno.writeFile(file, whole);
        }
      }),
  );
}

Deno.test("a state that is none is refused and named", () =>
  withFolder(async (path) => {
    const file = join(path, "state.json");
    const missingPlateau = JSON.stringify({ ...state(7), plateau: undefined });
    for (const text of ["", "{", "null", "{}", '{"step": "7"}', missingPlateau]) {
      await Deno.writeTextFile(file, text);
      const message = await rejection(readRunState(path));
      assert.ok(message.startsWith(`Cannot read ${file}: `), message);
      assert.ok(message.endsWith(`remove ${path} to go on from the checkpoint before it`));
    }
    await Deno.remove(file);
    assert.match(await rejection(readRunState(path)), /no such file or folder/);
  }));

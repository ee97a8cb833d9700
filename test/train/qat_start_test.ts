import assert from "node:assert/strict";
import { join } from "node:path";
import type { Device } from "../../src/device/device.ts";
import { InterruptedError } from "../../src/errors.ts";
import { loadLanguageModel } from "../../src/models/text/load.ts";
import { makeQuantization, type QuantizationOptions } from "../../src/nn/quantization.ts";
import { activationSchemes } from "../../src/quant/activations.ts";
import { listCheckpoints, readRunState } from "../../src/train/checkpoint.ts";
import { evaluateSplit } from "../../src/runs/text/evaluation.ts";
import { floatSteps } from "../../src/train/phases.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { deviceTest } from "../devices.ts";
import {
  checkpointBytes,
  contradictoryData,
  resumeTiny,
  runTiny,
  tinyData,
  type TinyRun,
  withFolder,
} from "./tiny_run.ts";

Deno.test("floatSteps: the nearest whole number of steps, and never all of them", () => {
  const steps = (qatStart: number, steps: number) => floatSteps({ qatStart, steps });
  assert.equal(steps(0, 2000), 0);
  assert.equal(steps(0.9, 2000), 1800);
  assert.equal(steps(0.57, 100), 57); // 0.57 · 100 is 56.99999999999999
  assert.equal(steps(0.99, 10), 9);
  assert.equal(steps(0.5, 1), 0);
  for (const share of [-0.1, 1, NaN]) {
    assert.throws(() => steps(share, 10), /Cannot quantize from .*: it must be in \[0, 1\)/);
  }
});

/** Step, split, phase and loss of every line of metrics. */
async function lines(path: string): Promise<[number, string, string, number][]> {
  const metrics = await new RunDirectory(path).metrics();
  return metrics.map(({ step, split, phase, loss }) => [step, split, String(phase), loss]);
}

deviceTest(
  "the float phase is the float model, the quantized phase is not, and lines say which",
  (device) =>
    withFolder(async (folder) => {
      const options = { steps: 9, evalEvery: 2, accumulate: 2 };
      const run = async (name: string, config: TinyRun["config"], qatStart: number) => {
        const path = join(folder, name);
        const begins: number[] = [];
        await runTiny({
          device,
          path,
          config: { dropout: 0.1, ...config },
          options: { ...options, qatStart },
          hooks: { onQuantization: (step) => begins.push(step) },
        });
        return { lines: await lines(path), begins };
      };
      const float = await run("float", { bits: 32 }, 0);
      const both = await run("both", {}, 0.5);
      const ternary = await run("ternary", {}, 0);
      assert.deepEqual(both.begins, [5]);
      assert.deepEqual([...float.begins, ...ternary.begins], []);
      assert.ok(float.lines.every(([, , phase]) => phase === "float"));
      assert.ok(ternary.lines.every(([, , phase]) => phase === "quantized"));
      const before = both.lines.filter(([, , phase]) => phase === "float");
      assert.deepEqual(before, float.lines.slice(0, before.length));
      assert.deepEqual(before.at(-1)?.slice(0, 2), [5, "train"]);
      const after = both.lines.slice(before.length);
      assert.deepEqual(after[0].slice(0, 3), [6, "train", "quantized"]);
      assert.notEqual(after[0][3], float.lines[before.length][3]);
    }),
);

const QUANTIZATIONS: readonly [name: string, options: QuantizationOptions][] = [
  ...activationSchemes.map((activationScheme): [string, QuantizationOptions] => [
    activationScheme,
    { activationScheme },
  ]),
  ["learned scales", { weightBits: 2, weightScheme: "seq" }],
];

for (const [name, quantization] of QUANTIZATIONS) {
  deviceTest(
    `going on from before, at and after the switch gives the same run with ${name}`,
    (device) =>
      withFolder(async (folder) => {
        const options = { steps: 8, saveEvery: 1, evalEvery: 2, keep: 100, qatStart: 0.5 };
        const run = {
          device,
          options: { ...options, accumulate: 2, schedule: "plateau" as const },
          config: { quantization: makeQuantization(quantization) },
        };
        const whole = join(folder, "whole");
        await runTiny({ ...run, path: whole });
        const checkpoints = await listCheckpoints(join(whole, "checkpoints"));
        const last = await checkpointBytes(checkpoints[7].path);
        for (const { step, path: from } of [checkpoints[1], checkpoints[3], checkpoints[4]]) {
          const path = join(folder, `from ${step}`);
          await resumeTiny({ ...run, path, from });
          const end = (await listCheckpoints(join(path, "checkpoints"))).at(-1)!;
          assert.deepEqual(await checkpointBytes(end.path), last, `from step ${step}`);
        }
        const states = await Promise.all(
          checkpoints.map(({ path }) => readRunState(path)),
        );
        assert.deepEqual(states.map(({ quantized }) => quantized), [
          ...[false, false, false, false],
          ...[true, true, true, true],
        ]);
      }),
  );
}

deviceTest(
  "learned scales start from the weights as they are when quantization begins",
  (device) =>
    withFolder(async (folder) => {
      const options = { steps: 4, saveEvery: 1, keep: 100, qatStart: 0.5 };
      const config = { quantization: makeQuantization({ weightBits: 2, weightScheme: "seq" }) };
      await runTiny({ device, path: folder, config, options });
      const checkpoints = await listCheckpoints(join(folder, "checkpoints"));
      const started: boolean[] = [];
      for (const { path } of checkpoints) {
        using model = await loadLanguageModel(path, device, { trainable: true });
        const before = await model.memory.read("parameters");
        await model.memory.restartDerived();
        const after = await model.memory.read("parameters");
        const steps = [...before].filter(([name]) => name.endsWith(".weight_step"));
        assert.equal(steps.length, 7);
        started.push(
          steps.every(([name, { data }]) => String(after.get(name)!.data) === String(data)),
        );
      }
      assert.deepEqual(started, [true, true, false, false]);
    }),
);

/** Validation loss of the weights in a run's model.safetensors. */
async function lossOfBest(path: string, device: Device): Promise<number> {
  const { validation, validationBytes } = contradictoryData();
  using model = await loadLanguageModel(path, device);
  const options = { batch: 8, context: 8, bytes: validationBytes };
  return (await evaluateSplit(model, validation, options)).loss;
}

deviceTest(
  "best weights and early stopping are of the quantized phase alone",
  (device) =>
    withFolder(async (path) => {
      // Every evaluation is worse than the one before, from the first step on.
      const { best, steps, stoppedEarly } = await runTiny({
        device,
        path,
        data: contradictoryData(),
        options: {
          ...{ steps: 40, qatStart: 0.25, evalEvery: 1, saveEvery: 5, keep: 100 },
          ...{ earlyStop: 2, warmupSteps: 0 },
        },
      });
      const evaluations = (await lines(path)).filter(([, split]) => split === "val");
      assert.ok(evaluations[0][3] < best.loss, "no float loss is lower: the test shows nothing");
      assert.ok(stoppedEarly);
      assert.ok(best.step > 10, `best at step ${best.step}`);
      assert.equal(steps, best.step + 2);
      assert.equal(await lossOfBest(path, device), best.loss);
      const [float] = await listCheckpoints(join(path, "checkpoints"));
      assert.deepEqual(
        [float.step, (await readRunState(float.path)).best],
        [5, null],
      );
    }),
);

deviceTest(
  "once begun, quantization stays when the run gets more steps",
  (device) =>
    withFolder(async (path) => {
      await runTiny({ device, path, options: { steps: 4, qatStart: 0.5 } });
      const [{ path: from }] = await listCheckpoints(join(path, "checkpoints"));
      await runTiny({ device, path, options: { steps: 12, qatStart: 0.5 }, from });
      const phases = (await lines(path)).map(([step, , phase]) => `${step} ${phase}`);
      assert.equal(phases[1], "2 float");
      assert.ok(phases.slice(2).every((line) => line.endsWith(" quantized")), phases.join());
    }),
);

deviceTest(
  "an interruption in the float phase leaves a model to look at",
  (device) =>
    withFolder(async (path) => {
      const controller = new AbortController();
      const hooks = { signal: controller.signal, onStep: () => controller.abort() };
      const run = runTiny({ device, path, options: { qatStart: 0.9 }, hooks });
      await assert.rejects(run, InterruptedError);
      using model = await loadLanguageModel(path, device);
      assert.equal(model.config.quantization.weightBits, 1.58);
    }),
);

deviceTest(
  "evaluations tell how running maxima fit, in the quantized phase",
  (device) =>
    withFolder(async (path) => {
      const quantization = makeQuantization({ activationScheme: "ema_tensor" });
      const options = { steps: 8, qatStart: 0.5, evalEvery: 2 };
      const { best } = await runTiny({ device, path, config: { quantization }, options });
      const evaluations = (await new RunDirectory(path).metrics()).filter(({ split }) =>
        split === "val"
      );
      const [, float, , quantized, last] = evaluations;
      assert.deepEqual(
        [float.activations, float.saturation, float.layers],
        Array(3).fill(undefined),
      );
      for (const { activations = {}, saturation } of [quantized, last]) {
        assert.ok(Number(saturation) >= 0 && Number(saturation) < 0.1);
        assert.deepEqual(Object.keys(activations).length, 4);
        for (const { scale, running_max, actual_max } of Object.values(activations)) {
          assert.ok(Math.abs(running_max / scale - 127) < 1e-2 && actual_max > 0);
        }
      }
      const { validation, validationBytes } = tinyData();
      using model = await loadLanguageModel(path, device);
      const bytes = { batch: 8, context: 8, bytes: validationBytes };
      assert.equal((await evaluateSplit(model, validation, bytes)).loss, best.loss);
    }),
);

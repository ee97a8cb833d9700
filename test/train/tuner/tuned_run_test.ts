/**
 * The tuner in real runs.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Device } from "../../../src/device/device.ts";
import { loadLanguageModel } from "../../../src/models/text/load.ts";
import { makeQuantization } from "../../../src/nn/quantization.ts";
import { listCheckpoints, readRunState } from "../../../src/train/checkpoint.ts";
import { evaluateSplit } from "../../../src/runs/text/evaluation.ts";
import type { TrainingOptions } from "../../../src/train/options.ts";
import { RunDirectory } from "../../../src/train/run_directory.ts";
import { scheduled } from "../../../src/train/schedule.ts";
import type { TunerLine } from "../../../src/train/tuner/decision.ts";
import { type TunerOptions, tunerOptions } from "../../../src/train/tuner/options.ts";
import { assertClose } from "../../assert_close.ts";
import { deviceTest } from "../../devices.ts";
import {
  checkpointBytes,
  contradictoryData,
  resumeTiny,
  runTiny,
  tinyData,
  tinyOptions,
  withFolder,
} from "../tiny_run.ts";

/** An embedding so small that the norm behind it makes its gradient large. */
const wild = { bits: 32, embeddingRange: 1e-3 } as const;

interface Tuned {
  readonly device: Device;
  readonly options: Partial<TrainingOptions>;
  readonly tuner?: Partial<TunerOptions>;
  readonly config?: Parameters<typeof runTiny>[0]["config"];
  readonly data?: Parameters<typeof runTiny>[0]["data"];
}

/** Trains with a tuner; returns what it decided and the learning rate of every step. */
async function tuned({ device, options, tuner, config, data }: Tuned) {
  let lines: TunerLine[] = [];
  let rates: number[] = [];
  await withFolder(async (path) => {
    const heard: TunerLine[] = [];
    const training = { ...options, tuner: tunerOptions({ learningRate: true, ...tuner }) };
    const hooks = { onTuner: (line: TunerLine) => heard.push(line) };
    await runTiny({ device, path, options: training, config, data, hooks });
    const run = new RunDirectory(path);
    lines = await run.tunerLines();
    assert.deepEqual(heard, lines);
    const metrics = await run.metrics();
    assert.ok(metrics.every(({ split }) => split === "train" || split === "val"));
    rates = metrics.filter(({ split }) => split === "train").map(({ lr }) => Number(lr));
  });
  return { lines, rates };
}

const rulesOf = (lines: readonly TunerLine[], setting: string) =>
  lines.map(({ decisions }) => decisions.find((d) => d.setting === setting)?.rule);
const planned = (options: Partial<TrainingOptions>) => {
  const filled = tinyOptions(options);
  return Array.from({ length: filled.steps }, (_, i) => scheduled(filled, i + 1).learningRate);
};

deviceTest(
  "large gradients, though clipped, lower the rate of the steps to come",
  async (device) => {
    const options = { steps: 6, evalEvery: 2, warmupSteps: 0, learningRate: 1e-3 };
    const { lines, rates } = await tuned({ device, options, config: wild });
    assert.deepEqual(rulesOf(lines, "learning_rate"), Array(3).fill("large gradients"));
    assert.ok(lines.every((line) => line.grad_norm_max > 10));
    const factors = [1, 1, 0.95, 0.95, 0.95 ** 2, 0.95 ** 2];
    assertClose(rates, planned(options).map((rate, index) => rate * factors[index]));
  },
);

deviceTest("without --use-tuner-lr the schedule is left alone", async (device) => {
  const options = { steps: 6, evalEvery: 2, warmupSteps: 4, learningRate: 1e-3 };
  const tuner = { learningRate: false };
  const { lines, rates } = await tuned({ device, options, config: wild, tuner });
  assert.deepEqual(rulesOf(lines, "learning_rate"), Array(3).fill("large gradients"));
  assert.ok(lines.every(({ decisions }) => decisions.every(({ applied }) => !applied)));
  assert.deepEqual(rates, planned(options));
});

deviceTest(
  "a falling loss ends the warmup and makes an aggressive tuner faster",
  async (device) => {
    const options = { steps: 30, evalEvery: 10, warmupSteps: 25, learningRate: 5e-3 };
    const { lines, rates } = await tuned({
      device,
      options,
      tuner: { aggressive: true },
      config: { bits: 32, initializerRange: 0.2 },
      data: contradictoryData(),
    });
    assert.deepEqual(lines.map(({ trend }) => trend), Array(3).fill("improving"));
    assert.deepEqual(rulesOf(lines, "learning_rate"), Array(3).fill("improving"));
    assert.deepEqual(rulesOf(lines, "warmup"), ["early exit", undefined, undefined]);
    const before = planned(options).slice(0, 10);
    const after = planned({ ...options, warmupSteps: 10 }).slice(10);
    const expected = after.map((rate, index) => rate * (index < 10 ? 1.05 : 1.05 ** 2));
    assertClose(rates, [...before, ...expected]);
  },
);

deviceTest("a loss that stands still lowers the rate after ten evaluations", async (device) => {
  const options = { steps: 33, evalEvery: 2, warmupSteps: 0, learningRate: 1.1e-6 };
  const { lines } = await tuned({
    device,
    options: { ...options, minLearningRate: 1.1e-6 },
    config: { bits: 32, initializerRange: 0.2 },
    data: contradictoryData(),
  });
  const counts = lines.map(({ plateaus }) => plateaus);
  // The first four have too few losses behind them.
  assert.deepEqual(counts.slice(4, 15), [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  assertClose([lines[12].lr_factor, lines[13].lr_factor], [1, 0.95]);
});

/** Aims at half of the weights, which is more than a threshold of 0.7 makes zero. */
const sparse = tunerOptions({ learningRate: true });
const threshold = { quantization: makeQuantization({ weightScheme: "threshold" }) };

deviceTest(
  "too few zeros raise the thresholds, and the best model keeps those it was evaluated with",
  (device) =>
    withFolder(async (path) => {
      const options = { steps: 10, evalEvery: 2, learningRate: 1e-3, tuner: sparse };
      const { best } = await runTiny({ device, path, options, config: threshold });
      const run = new RunDirectory(path);
      const evaluations = (await run.metrics()).filter(({ split, step }) =>
        split === "val" && step > 0
      );
      const lines = await run.tunerLines();
      assert.deepEqual(rulesOf(lines, "threshold"), Array(5).fill("too dense"));

      const layers = evaluations.map((line) => Object.values(line.layers!));
      assert.ok(layers[0].every((layer) => layer.threshold === 0.7));
      for (let at = 1; at < layers.length; at++) {
        layers[at].forEach(({ threshold }, index) => {
          const before = layers[at - 1][index];
          // Layers below 0.8 · 0.5 go half as far again.
          const move = before.sparsity < 0.4 ? 0.015 : 0.01;
          assertClose([threshold! - before.threshold!], [move], { rtol: 1e-5 });
        });
      }
      assert.ok(Number(evaluations[4].sparsity) > Number(evaluations[0].sparsity) + 0.01);

      const data = tinyData();
      using model = await loadLanguageModel(path, device);
      const evaluation = { batch: 8, context: 8, bytes: data.validationBytes };
      assert.equal((await evaluateSplit(model, data.validation, evaluation)).loss, best.loss);
      const bestLine = evaluations.find(({ step }) => step === best.step)!;
      for (const [module, { threshold }] of Object.entries(bestLine.layers!)) {
        assert.equal(model.weights.thresholds.values.get(`${module}.weight`), threshold);
      }
    }),
);

deviceTest("too many zeros lower the thresholds", (device) =>
  withFolder(async (path) => {
    const tuner = tunerOptions({ targetSparsityMin: 0.2, targetSparsityMax: 0.25 });
    const options = { steps: 6, evalEvery: 2, learningRate: 1e-3, tuner };
    await runTiny({ device, path, options, config: threshold });
    const run = new RunDirectory(path);
    assert.deepEqual(rulesOf(await run.tunerLines(), "threshold"), Array(3).fill("too sparse"));
    const evaluations = (await run.metrics()).filter(({ layers }) => layers !== undefined);
    const means = evaluations.map(({ layers }) => {
      const thresholds = Object.values(layers!).map(({ threshold }) => threshold!);
      return thresholds.reduce((sum, value) => sum + value, 0) / thresholds.length;
    });
    assertClose(means, [0.7, 0.67, 0.64]);
    const [first, , last] = evaluations.map(({ sparsity }) => Number(sparsity));
    assert.ok(last < first - 0.02, `${first}, ${last}`);
  }));

deviceTest(
  "in float, thresholds wait for quantization to begin",
  (device) =>
    withFolder(async (path) => {
      const options = { steps: 8, evalEvery: 2, qatStart: 0.5, tuner: sparse };
      await runTiny({ device, path, options, config: threshold });
      const lines = await new RunDirectory(path).tunerLines();
      const none = undefined;
      assert.deepEqual(rulesOf(lines, "threshold"), [none, none, "too dense", "too dense"]);
    }),
);

deviceTest(
  "going on from any checkpoint, the tuner knows what it knew",
  (device) =>
    withFolder(async (folder) => {
      const options = {
        steps: 12,
        evalEvery: 3,
        saveEvery: 1,
        keep: 100,
        warmupSteps: 8,
        learningRate: 1e-3,
        tuner: tunerOptions({ learningRate: true, aggressive: true }),
      };
      const config = { ...threshold, embeddingRange: 1e-3 };
      const run = { device, options, config };
      const whole = new RunDirectory(join(folder, "whole"));
      await runTiny({ ...run, path: whole.path });
      const lines = await whole.tunerLines();
      assert.deepEqual(lines.map(({ step }) => step), [3, 6, 9, 12]);
      assert.ok(lines.at(-1)!.lr_factor !== 1, "it has moved no learning rate");
      assert.deepEqual(rulesOf(lines, "threshold"), Array(4).fill("too dense"));

      const checkpoints = await whole.checkpoints();
      const last = await checkpointBytes(checkpoints[11].path);
      const { tuner } = await readRunState(checkpoints[11].path);
      assert.deepEqual(tuner!.history.map(({ step }) => step), [3, 6, 9, 12]);
      for (const { step, path } of [checkpoints[1], checkpoints[2], checkpoints[7]]) {
        const resumed = new RunDirectory(join(folder, `from ${step}`));
        await resumeTiny({ ...run, path: resumed.path, from: path });
        const [end] = (await listCheckpoints(resumed.checkpointsPath)).slice(-1);
        assert.deepEqual(await checkpointBytes(end.path), last, `from step ${step}`);
        const after = lines.filter((line) => line.step > step);
        assert.deepEqual(await resumed.tunerLines(), after, `from step ${step}`);
      }
    }),
);

deviceTest(
  "every evaluation of a ternary run has the statistics of its layers",
  (device) =>
    withFolder(async (path) => {
      await runTiny({ device, path, options: { steps: 4, evalEvery: 2 } });
      const evaluations = (await new RunDirectory(path).metrics())
        .filter(({ split, step }) => split === "val" && step > 0);
      assert.equal(evaluations.length, 2);
      for (const { layers, sparsity } of evaluations) {
        const all = Object.entries(layers!);
        assert.equal(all.length, 7);
        assert.equal(all[0][0], "model.layers.0.self_attn.q_proj");
        for (const [name, layer] of all) {
          assertClose([layer.sparsity + layer.positive + layer.negative], [1], { label: name });
          assert.ok(layer.sparsity > 0.2 && layer.sparsity < 0.5, `${name}: ${layer.sparsity}`);
          assert.ok(layer.scale > 0, name);
        }
        assertClose([sparsity as number], [
          all.reduce((sum, [, layer]) => sum + layer.sparsity, 0) / all.length,
        ]);
      }
      assert.notDeepEqual(evaluations[0].layers, evaluations[1].layers);
    }),
);

deviceTest(
  "the momentum of running maxima follows the training steps, and checkpoints know it",
  (device) =>
    withFolder(async (folder) => {
      const run = {
        device,
        options: { steps: 6, evalEvery: 2, saveEvery: 2, tuner: tunerOptions({}) },
        config: { quantization: makeQuantization({ activationScheme: "ema_tensor" }) },
      };
      const whole = join(folder, "whole");
      await runTiny({ ...run, path: whole });
      const lines = await new RunDirectory(whole).tunerLines();
      const moves = lines.flatMap(({ decisions }) => decisions)
        .filter(({ setting }) => setting === "activation_momentum");
      assert.deepEqual(moves.map(({ from, applied }) => [from, applied]), [[0.99, true]]);
      const [first, , last] = await listCheckpoints(join(whole, "checkpoints"));
      assert.equal((await readRunState(first.path)).activationMomentum, moves[0].to);
      const path = join(folder, "resumed");
      await resumeTiny({ ...run, path, from: first.path });
      const end = (await listCheckpoints(join(path, "checkpoints"))).at(-1)!;
      assert.deepEqual(await checkpointBytes(end.path), await checkpointBytes(last.path));
    }),
);

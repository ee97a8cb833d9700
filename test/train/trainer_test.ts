import assert from "node:assert/strict";
import { join } from "node:path";
import { GpuDevice } from "../../src/device/webgpu/gpu_device.ts";
import { openDevice } from "../../src/device/open_device.ts";
import { InterruptedError, WorkError } from "../../src/errors.ts";
import { Random } from "../../src/random.ts";
import { RandomWindows } from "../../src/data/text/random_windows.ts";
import { TokenFile } from "../../src/data/prepared/token_file.ts";
import { writeTokenFile } from "../../src/data/prepared/token_file_writer.ts";
import { loadLanguageModel } from "../../src/models/text/load.ts";
import { listCheckpoints, loadCheckpoint, readRunState } from "../../src/train/checkpoint.ts";
import { evaluateSplit } from "../../src/runs/text/evaluation.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { deviceTest, testDevices } from "../devices.ts";
import { tinyConfig } from "../tiny_text.ts";
import {
  checkpointBytes,
  contradictoryData,
  resumeTiny,
  runTiny,
  tinyData,
  withFolder,
} from "./tiny_run.ts";

deviceTest(
  "a run leaves its files, and the first step is always logged",
  (device) =>
    withFolder(async (path) => {
      const lines: number[] = [];
      const result = await runTiny({
        device,
        path,
        options: { steps: 5, logEvery: 2, evalEvery: 3 },
        hooks: { onMetrics: ({ step }) => lines.push(step) },
      });
      const metrics = await new RunDirectory(path).metrics();
      assert.deepEqual(
        metrics.map(({ step, split }) => `${step} ${split}`),
        ["0 val", "1 train", "2 train", "3 val", "4 train", "5 train", "5 val"],
      );
      assert.deepEqual(metrics.map(({ step }) => step), lines);
      for (const line of metrics) {
        assert.equal(line.perplexity, Math.exp(line.loss));
        const fields = line.split === "train"
          ? ["lr", "grad_norm", "tokens_per_second", "ms_per_step", "data_ms", "memory_bytes"]
          : ["bits_per_byte", "accuracy", "tokens", ...(line.step > 0 ? ["sparsity"] : [])];
        for (const field of fields) {
          assert.ok(Number(line[field]) >= 0, `${field} in ${line.split}`);
        }
      }
      assert.equal(result.steps, 5);
      assert.equal(result.final.loss, metrics.at(-1)?.loss);
      assert.equal(result.final.tokens, tinyData().validation.length - 1);
      assert.deepEqual(
        (await listCheckpoints(join(path, "checkpoints"))).map(({ step }) => step),
        [5],
      );
    }),
);

deviceTest(
  "model.safetensors holds the weights of the best evaluation, not the last",
  (device) =>
    withFolder(async (path) => {
      const data = contradictoryData();
      const { best, final, stoppedEarly, steps } = await runTiny({
        device,
        path,
        data,
        options: { steps: 40, evalEvery: 1, earlyStop: 4, warmupSteps: 0 },
      });
      assert.ok(stoppedEarly);
      assert.equal(steps, best.step + 4);
      assert.ok(final.loss > best.loss);
      const metrics = await new RunDirectory(path).metrics();
      const evaluations = metrics.filter(({ split }) => split === "val");
      assert.equal(Math.min(...evaluations.map(({ loss }) => loss)), best.loss);

      using model = await loadLanguageModel(path, device);
      const options = { batch: 8, context: 8, bytes: data.validationBytes };
      assert.equal((await evaluateSplit(model, data.validation, options)).loss, best.loss);

      const [last] = await listCheckpoints(join(path, "checkpoints"));
      const state = await readRunState(last.path);
      assert.equal(state.step, steps);
      assert.equal(state.finished, true);
      assert.equal(state.badEvaluations, 4);
    }),
);

deviceTest("the last N checkpoints are kept", (device) =>
  withFolder(async (path) => {
    await runTiny({ device, path, options: { steps: 7, saveEvery: 2, keep: 2 } });
    const names = await Array.fromAsync(Deno.readDir(join(path, "checkpoints")), (e) => e.name);
    assert.deepEqual(names.sort(), ["step-000006", "step-000007"]);
  }));

deviceTest(
  "going on from any checkpoint gives the run that was never stopped",
  (device) =>
    withFolder(async (folder) => {
      const options = {
        steps: 12,
        saveEvery: 1,
        evalEvery: 1,
        keep: 100,
        schedule: "plateau",
        warmupSteps: 2,
        minLearningRate: 1e-4,
      } as const;
      const config = { dropout: 0.2 };
      const data = contradictoryData();
      const whole = join(folder, "whole");
      await runTiny({ device, path: whole, data, options, config });
      const lines = await new RunDirectory(whole).metrics();
      const rates = lines.filter(({ split }) => split === "train").map(({ lr }) => lr);
      assert.equal(rates.at(-1), 1e-2 / 8, `the rate was not halved three times: ${rates}`);

      const checkpoints = await listCheckpoints(join(whole, "checkpoints"));
      const last = await checkpointBytes(checkpoints[11].path);
      assert.equal(last.size, 4);
      for (const { step, path } of [checkpoints[0], checkpoints[4], checkpoints[10]]) {
        const resumed = join(folder, `from ${step}`);
        await resumeTiny({ device, path: resumed, data, options, config, from: path });
        const [end] = (await listCheckpoints(join(resumed, "checkpoints"))).slice(-1);
        assert.deepEqual(await checkpointBytes(end.path), last, `from step ${step}`);
      }
    }),
);

deviceTest(
  "epochs and custom batches go on exactly where they were",
  (device) =>
    withFolder(async (folder) => {
      const { train, ...rest } = tinyData();
      const data = { ...rest, train: train.subarray(0, 200) };
      function* own() {
        const windows = new RandomWindows(data.train, { batch: 2, context: 8 }, new Random(5));
        for (let batch = 0; batch < 7; batch++) {
          const [tokens, targets] = [new Int32Array(16), new Int32Array(16)];
          windows.fill(tokens, targets);
          yield { tokens, targets };
        }
      }
      const kinds = {
        epochs: { data, order: "epochs" },
        own: { data: { ...data, train: { [Symbol.iterator]: own } }, order: "random" },
      } as const;
      for (const [name, { data, order }] of Object.entries(kinds)) {
        // 200 tokens are 25 windows: with 4 a step a second epoch begins within step 7.
        const options = { steps: 10, saveEvery: 1, keep: 100, accumulate: 2, order } as const;
        const whole = join(folder, name);
        await runTiny({ device, path: whole, data, options });
        const checkpoints = await listCheckpoints(join(whole, "checkpoints"));
        const last = await checkpointBytes(checkpoints[9].path);
        const { batches } = await readRunState(checkpoints[9].path);
        assert.equal(batches.position, name === "epochs" ? 40 : 20);
        for (const { step, path } of [checkpoints[2], checkpoints[6]]) {
          const resumed = join(folder, `${name} from ${step}`);
          await resumeTiny({ device, path: resumed, data, options, from: path });
          const [end] = (await listCheckpoints(join(resumed, "checkpoints"))).slice(-1);
          assert.deepEqual(await checkpointBytes(end.path), last, `${name} from step ${step}`);
        }
      }
    }),
);

Deno.test(
  "tokens that are read from disk as they are needed train like those in memory",
  () =>
    withFolder(async (folder) => {
      using device = await openDevice({ backend: "cpu", threads: 1 });
      const { train, validation, ...rest } = tinyData();
      const open = async (name: string, tokens: Int32Array) => {
        const path = join(folder, name);
        await writeTokenFile(path, rest.tokenizer.vocabSize, [tokens]);
        return await TokenFile.open(path, { memoryBytes: 0 });
      };
      using trainFile = await open("train.tokens", train);
      using validationFile = await open("validation.tokens", validation);
      const data = { ...rest, train: trainFile, validation: validationFile };
      for (const order of ["random", "epochs"] as const) {
        const options = { steps: 6, evalEvery: 3, sampleEvery: 6, accumulate: 2, order };
        const [inMemory, onDisk] = [join(folder, `${order} memory`), join(folder, `${order} disk`)];
        await runTiny({ device, path: inMemory, options });
        await runTiny({ device, path: onDisk, data, options });
        for (const name of ["samples.txt", "model.safetensors"]) {
          const [expected, actual] = [inMemory, onDisk].map((path) => join(path, name));
          assert.deepEqual(await Deno.readFile(actual), await Deno.readFile(expected), name);
        }
        const last = async (path: string) =>
          await checkpointBytes((await listCheckpoints(join(path, "checkpoints"))).at(-1)!.path);
        assert.deepEqual(await last(onDisk), await last(inMemory), order);
      }
    }),
);

Deno.test("custom batches are closed when no more are wanted", () =>
  withFolder(async (path) => {
    using device = await openDevice({ backend: "cpu", threads: 1 });
    const { train, ...rest } = tinyData();
    const seen = { opened: 0, closed: 0 };
    async function* own() {
      seen.opened++;
      try {
        for (let start = 0;; start++) {
          const tokens = train.slice(start, start + 16);
          yield { tokens, targets: await Promise.resolve(train.slice(start + 1, start + 17)) };
        }
      } finally {
        seen.closed++;
      }
    }
    const data = { ...rest, train: { [Symbol.asyncIterator]: own } };
    await runTiny({ device, path, data, options: { steps: 3 } });
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(seen, { opened: 1, closed: 1 });
  }));

deviceTest(
  "an interruption saves a checkpoint at the step it happened",
  (device) =>
    withFolder(async (path) => {
      const controller = new AbortController();
      const hooks = {
        signal: controller.signal,
        onStep: ({ step }: { step: number }) => step === 4 && controller.abort(),
      };
      // It waits for steps that are saved, and there is no evaluation before the end.
      await assert.rejects(runTiny({ device, path, options: { saveEvery: 2 }, hooks }), (error) => {
        assert.ok(error instanceof InterruptedError);
        assert.match(error.message, /step 4: a checkpoint was saved/);
        return true;
      });
      const [last] = (await listCheckpoints(join(path, "checkpoints"))).slice(-1);
      const state = await readRunState(last.path);
      assert.equal(state.step, 4);
      assert.equal(state.finished, false);
      assert.equal(state.best, null);
      // Whoever interrupts a run can use what it has learned.
      using model = await loadLanguageModel(path, device, { trainable: true });
      using saved = await loadLanguageModel(last.path, device, { trainable: true });
      assert.deepEqual(
        await model.memory.read("parameters"),
        await saved.memory.read("parameters"),
      );
    }),
);

deviceTest(
  "an interruption after the last step changes nothing",
  (device) =>
    withFolder(async (path) => {
      const controller = new AbortController();
      const hooks = {
        signal: controller.signal,
        onStep: ({ step }: { step: number }) => step === 3 && controller.abort(),
      };
      const { steps } = await runTiny({ device, path, options: { steps: 3 }, hooks });
      assert.equal(steps, 3);
    }),
);

deviceTest(
  "a loss that is not a number stops the run and names the way back",
  (device) =>
    withFolder(async (path) => {
      const options = { steps: 20, saveEvery: 1, learningRate: 1e4, warmupSteps: 3, clip: 0 };
      await assert.rejects(runTiny({ device, path, options }), (error) => {
        assert.ok(error instanceof WorkError, String(error));
        assert.match(
          error.message,
          /^Cannot go on at step \d+: the loss is .*\(last finite loss [\d.]+\); go back to .*step-/,
        );
        return true;
      });
      const [last] = (await listCheckpoints(join(path, "checkpoints"))).slice(-1);
      using model = new LanguageModel(tinyConfig(), device);
      await loadCheckpoint(last.path, model);
      for (const line of await new RunDirectory(path).metrics()) {
        assert.ok(Number.isFinite(line.loss), JSON.stringify(line));
      }
    }),
);

const gpu = testDevices().find(({ description }) => description.backend === "webgpu");

Deno.test({
  name: "a device that is lost stops the run and leaves the last checkpoint whole",
  ignore: gpu === undefined,
  fn: () =>
    withFolder(async (path) => {
      using device = await openDevice({ backend: "webgpu" });
      assert.ok(device instanceof GpuDevice);
      const hooks = { onStep: ({ step }: { step: number }) => step === 6 && device.gpu.destroy() };
      const options = { saveEvery: 2 };
      await assert.rejects(runTiny({ device, path, options, hooks }), (error) => {
        assert.ok(error instanceof WorkError, String(error));
        assert.match(error.message, /^Cannot .*GPU/);
        assert.ok(!error.message.includes("\n"));
        return true;
      });
      const checkpoints = await listCheckpoints(join(path, "checkpoints"));
      assert.deepEqual(checkpoints.map(({ step }) => step), [2, 4]);
      const from = checkpoints[1].path;
      const { steps } = await runTiny({ device: gpu!, path, options, from });
      assert.equal(steps, 12);
    }),
});

deviceTest(
  "the same seed gives the same run, another seed another",
  (device) =>
    withFolder(async (folder) => {
      const losses = async (name: string, seed: number) => {
        const path = join(folder, name);
        await runTiny({
          device,
          path,
          options: { seed, steps: 4, accumulate: 2 },
          config: { dropout: 0.1 },
        });
        const metrics = await new RunDirectory(path).metrics();
        return metrics.map(({ loss }) => loss);
      };
      const first = await losses("a", 1);
      assert.deepEqual(await losses("b", 1), first);
      assert.notDeepEqual(await losses("c", 2), first);
    }),
);

deviceTest("every schedule and label smoothing train", (device) =>
  withFolder(async (folder) => {
    for (const schedule of ["cosine", "linear", "two-stage", "plateau"] as const) {
      const path = join(folder, schedule);
      await runTiny({
        device,
        path,
        options: { schedule, steps: 30, labelSmoothing: 0.1, logEvery: 29, warmupSteps: 0 },
      });
      const [first, later] = await new RunDirectory(path).metrics();
      assert.ok(later.loss < first.loss - 0.1, `${schedule}: ${first.loss}, ${later.loss}`);
    }
  }));

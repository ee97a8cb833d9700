import assert from "node:assert/strict";
import { LanguageModel } from "../../src/models/text/model.ts";
import { absmean } from "../../src/quant/absmean.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { toFloat32 } from "../../src/files/tensor.ts";
import { listCheckpoints } from "../../src/train/checkpoint.ts";
import { type MetricsLine, RunDirectory } from "../../src/train/run_directory.ts";
import { RunEvents } from "../../src/train/run_events.ts";
import { deviceTest } from "../devices.ts";
import {
  bucketsOf,
  type ReadEvent,
  readEventFiles,
  scalarOf,
  valuesOf,
} from "../tensorboard/event_reader.ts";
import { tinyConfig } from "../tiny_text.ts";
import { runTiny, withFolder } from "./tiny_run.ts";

const readRun = async (path: string): Promise<ReadEvent[]> => (await readEventFiles(path)).flat();

/** Asserts that the scalars are the numbers of the metrics, each once and in float32. */
async function assertScalarsAreMetrics(path: string): Promise<void> {
  const events = await readRun(path);
  const expected = new Map<string, [number, number][]>();
  const expect = (step: number, tag: string, value: unknown) => {
    const points = expected.get(tag) ?? [];
    expected.set(tag, [...points, [step, Math.fround(Number(value))]]);
  };
  // TensorBoard keeps times of its own.
  for (
    const { step, split, layers, seconds: _, ...metrics } of await new RunDirectory(path).metrics()
  ) {
    for (const [name, value] of Object.entries(metrics)) {
      if (typeof value === "number") expect(step, `${split}/${name}`, value);
    }
    for (const [layer, statistics] of Object.entries(layers ?? {})) {
      for (const [name, value] of Object.entries(statistics)) {
        expect(step, `layers/${layer}/${name}`, value);
      }
    }
  }
  assert.ok(expected.has("layers/model.layers.0.self_attn.q_proj/sparsity"));
  assert.ok(expected.has("train/grad_norm") && expected.has("val/bits_per_byte"));
  for (const [tag, points] of expected) assert.deepEqual(scalarOf(events, tag), points, tag);
  const tags = new Set(
    valuesOf(events).filter((value) => "simple_value" in value).map(({ tag }) => tag),
  );
  assert.deepEqual([...tags].sort(), [...expected.keys()].sort());
}

Deno.test("every number of a line of metrics is a scalar, however deep", () =>
  withFolder(async (path) => {
    const line = {
      step: 3,
      split: "train",
      loss: 2,
      note: "slower",
      layers: { q_proj: { sparsity: 0.25, scheme: "absmean" }, k_proj: { sparsity: 0.5 } },
      nothing: null,
      list: [1, 2],
    };
    const events = new RunEvents(path);
    await events.metrics(line as unknown as MetricsLine);
    const decision = { rule: "later", reason: "it is early", applied: true };
    await events.metrics({
      step: 4,
      split: "tuner",
      loss: 3,
      trend: "improving",
      grad_norm_mean: 1,
      grad_norm_max: 2,
      lr_factor: 0.5,
      plateaus: 0,
      decisions: [{ ...decision, setting: "warmup", from: 10, to: 20 }],
    });
    assert.deepEqual(
      valuesOf(await readRun(path)).map(({ step, tag, simple_value }) => [step, tag, simple_value]),
      [
        [3, "train/loss", 2],
        [3, "layers/q_proj/sparsity", 0.25],
        [3, "layers/k_proj/sparsity", 0.5],
        [4, "tuner/loss", 3],
        [4, "tuner/grad_norm_mean", 1],
        [4, "tuner/grad_norm_max", 2],
        [4, "tuner/lr_factor", 0.5],
        [4, "tuner/plateaus", 0],
      ],
    );
  }));

deviceTest(
  "a run logs its metrics, samples and weights",
  (device) =>
    withFolder(async (path) => {
      const hooks = { events: new RunEvents(path) };
      const options = { steps: 3, evalEvery: 2, sampleEvery: 3 };
      await runTiny({ device, path, options, hooks });
      await assertScalarsAreMetrics(path);

      const values = valuesOf(await readRun(path));
      const samples = values.filter(({ tag }) => tag === "sample");
      assert.deepEqual(samples.map(({ step }) => step), [3]);
      const text = new TextDecoder().decode(samples[0].tensor!.string_val![0]);
      const written = await Deno.readTextFile(new RunDirectory(path).samplesPath);
      assert.ok(written.includes(text.replaceAll(/^ {4}/gm, "")), text);
      const histograms = values.filter(({ metadata }) =>
        metadata?.plugin_data.plugin_name === "histograms"
      );
      assert.equal(histograms[0].step, 2);
    }),
);

deviceTest(
  "histograms count every weight, and every code as its quantizer gives it",
  (device) =>
    withFolder(async (path) => {
      // A width that is no multiple of four: rows of codes are padded.
      const config = tinyConfig({ intermediateSize: 30 });
      using model = new LanguageModel(config, device);
      model.memory.initialize(5);
      await new RunEvents(path).weights(9, model);
      const values = valuesOf(await readRun(path));
      const state = await model.memory.read("parameters");
      for (const [name, tensor] of state) {
        const value = values.find(({ tag }) => tag === `weights/${name}`);
        assert.ok(value?.step === 9, name);
        const buckets = bucketsOf(value);
        const weights = toFloat32(tensor);
        assert.equal(buckets[0][0], weights.reduce((least, weight) => Math.min(least, weight)));
        assert.equal(buckets.at(-1)![1], weights.reduce((most, weight) => Math.max(most, weight)));
        assert.equal(buckets.reduce((sum, [, , count]) => sum + count, 0), weights.length);
      }
      const codes = values.filter(({ tag }) => tag.startsWith("codes/"));
      assert.equal(codes.length, 7 * config.layers);
      for (const value of codes) {
        const weights = toFloat32(state.get(value.tag.replace("codes/", ""))!);
        const expected = quantizeGroup(absmean.format(1.58), weights).codes;
        const count = (code: number) => expected.filter((other) => other === code).length;
        const rows = bucketsOf(value);
        assert.equal(rows.length, 3, value.tag);
        for (const [index, [left, right, counted]] of rows.entries()) {
          assert.deepEqual([left, right], [index - 1.5, index - 0.5]);
          // The device sums the mean in float32: a weight at the very edge may fall to the other side.
          assert.ok(Math.abs(counted - count(index - 1)) <= 1, value.tag);
        }
      }
    }),
);

deviceTest(
  "a model that runs in float has no codes to count",
  (device) =>
    withFolder(async (path) => {
      using model = new LanguageModel(tinyConfig(), device);
      model.quantized = false;
      await new RunEvents(path).weights(1, model);
      const tags = valuesOf(await readRun(path)).map(({ tag }) => tag);
      const { parameters } = model.network;
      const names = parameters.flatMap(({ parts }) => parts.map(({ name }) => `weights/${name}`));
      assert.deepEqual(tags, names);
    }),
);

deviceTest(
  "weights that take long to count are counted less often",
  (device) =>
    withFolder(async (path) => {
      using model = new LanguageModel(tinyConfig(), device);
      const events = new RunEvents(path);
      for (const step of [1, 2, 3]) await events.weights(step, model);
      const steps = new Set(valuesOf(await readRun(path)).map(({ step }) => step));
      assert.deepEqual([...steps], [1]);
    }),
);

deviceTest(
  "a run that goes on from a checkpoint has each of its points once",
  (device) =>
    withFolder(async (path) => {
      const options = { steps: 10, evalEvery: 2, saveEvery: 4 };
      const first = { events: new RunEvents(path) };
      await runTiny({ device, path, options, hooks: first });
      const [checkpoint, ...later] = await listCheckpoints(new RunDirectory(path).checkpointsPath);
      assert.equal(checkpoint.step, 4);
      for (const { path } of later) await Deno.remove(path, { recursive: true });

      const second = { events: new RunEvents(path, checkpoint.step) };
      await runTiny({ device, path, options, from: checkpoint.path, hooks: second });
      await assertScalarsAreMetrics(path);
      const events = await readRun(path);
      // TensorBoard that watched the first attempt forgets what it has seen from there on.
      const starts = events.filter(({ session_log }) => session_log?.status === "START");
      assert.deepEqual(starts.map(({ step }) => step), [1, 5]);
    }),
);

Deno.test("a figure is an image", () =>
  withFolder(async (path) => {
    const png = Uint8Array.fromBase64("iVBORw0KGgoAAAANSUhEUgAAAoAAAAHgCAYAAAA=");
    await new RunEvents(path).figure(12, "loss", png);
    const [figure] = valuesOf(await readRun(path));
    assert.deepEqual([figure.step, figure.tag], [12, "figures/loss"]);
    const [width, height] = figure.tensor!.string_val!;
    assert.deepEqual([width, height].map((bytes) => new TextDecoder().decode(bytes)), [
      "640",
      "480",
    ]);
  }));

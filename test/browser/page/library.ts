/**
 * The bundle of `browser.ts` in a page: devices, models, tokenizers, generation and training through its public names
 * alone, against the same golden values and tolerances as under Deno.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Device } from "../../../browser.ts";
import { assertClose } from "../../assert_close.ts";
import { goldenJson, goldenTensors } from "../../golden_files.ts";

// Not bundled with the tests: it is what a page would load.
const address = "/bittext.js";
const bittext: typeof import("../../../browser.ts") = await import(address);
const { LanguageModel, loadModel, openDevice, TextTask, toFloat32, toInt32, TrainingStep } =
  bittext;

const isolated = "SharedArrayBuffer" in globalThis;
const backends = isolated ? ["webgpu", "cpu"] as const : ["cpu"] as const;

Deno.test("the CPU device has the threads that the page allows", async () => {
  const device = await openDevice({ backend: "cpu", threads: 2 });
  assert.match(device.description.name, isolated ? /^2 threads/ : /^1 thread,/);
  device[Symbol.dispose]();
});

Deno.test("where a GPU is only emulated, auto takes the processor", async () => {
  const device = await openDevice();
  assert.equal(device.description.backend, "cpu");
  device[Symbol.dispose]();
});

function onEach(name: string, run: (device: Device) => Promise<void>): void {
  for (const backend of backends) {
    Deno.test(`${name} [${backend}]`, async () => {
      const device = await openDevice({ backend, threads: 2 });
      try {
        await run(device);
      } finally {
        device[Symbol.dispose]();
      }
    });
  }
}

onEach("a text model: logits, loss and gradients", async (device) => {
  const folder = "lm_tiny/ternary";
  const model = await loadModel(`/test/golden/${folder}`, device);
  assert.ok(model instanceof LanguageModel);
  const given = await goldenTensors(`${folder}/forward.safetensors`);
  const ids = given.get("input_ids")!;
  const [tokens, targets] = [toInt32(ids), toInt32(given.get("targets")!)];
  const shape = [ids.shape[0], ids.shape[1]] as const;

  const { logits, loss } = await model.forward(tokens, { shape, targets });
  assertClose(logits, toFloat32(given.get("logits")!), { rtol: 0, atol: 1e-4, label: "logits" });
  assertClose([loss!], toFloat32(given.get("loss")!), { rtol: 0, atol: 1e-5, label: "loss" });

  const gradients = await model.gradients(tokens, { shape, targets });
  const expected = await goldenTensors(`${folder}/grads.safetensors`);
  assert.deepEqual([...gradients.keys()].sort(), [...expected.keys()].sort());
  for (const [name, gradient] of gradients) {
    assertClose(gradient, toFloat32(expected.get(name)!), { rtol: 1e-4, label: name });
  }
});

onEach("an image model: logits, loss and gradients", async (device) => {
  const folder = "vit_tiny/ternary";
  const model = await loadModel(`/test/golden/${folder}`, device);
  assert.ok(model instanceof bittext.ImageClassifier);
  const given = await goldenTensors(`${folder}/forward.safetensors`);
  const pixels = given.get("pixel_values")!;
  const [B, C, H, W] = pixels.shape;
  const [images, labels] = [toFloat32(pixels), toInt32(given.get("labels")!)];
  const options = { shape: [B, C, H, W], labels } as const;

  const { logits, loss } = await model.forward(images, options);
  assertClose(logits, toFloat32(given.get("logits")!), { rtol: 0, atol: 1e-4, label: "logits" });
  assertClose([loss!], toFloat32(given.get("loss")!), { rtol: 0, atol: 1e-5, label: "loss" });

  const gradients = await model.gradients(images, options);
  const expected = await goldenTensors(`${folder}/grads.safetensors`);
  assert.deepEqual([...gradients.keys()].sort(), [...expected.keys()].sort());
  for (const [name, gradient] of gradients) {
    // Softmax ignores the bias of keys: what is stored is rounding noise.
    const isNoise = name.endsWith("attention.key.bias");
    const tolerance = isNoise ? { rtol: 0, atol: 1e-6 } : { rtol: 1e-4 };
    assertClose(gradient, toFloat32(expected.get(name)!), { ...tolerance, label: name });
  }
});

onEach("training steps follow the golden curve", async (device) => {
  const folder = "lm_tiny/ternary";
  const { train } = await goldenJson(`${folder}/metrics.json`);
  const given = await goldenTensors(`${folder}/train.safetensors`);
  const ids = given.get("input_ids")!;
  const [, batch, context] = ids.shape;
  const [tokens, targets] = [toInt32(ids), toInt32(given.get("targets")!)];
  const family = bittext.textFamily;
  const model = await loadModel(`/test/golden/${folder}`, device, { family, trainable: true });
  const sizes = { batch, context, accumulate: 1, labelSmoothing: 0, gradientBits: 32 } as const;
  const step = await TrainingStep.make(model, sizes);
  const steps = 3;
  for (let i = 0; i < steps; i++) {
    const part = (all: Int32Array) => all.subarray(i * batch * context, (i + 1) * batch * context);
    step.run([{ tokens: part(tokens), targets: part(targets) }], {
      step: i + 1,
      seed: 0,
      learningRate: train.lr,
      weightDecay: train.weight_decay,
      beta1: train.betas[0],
      beta2: train.betas[1],
      epsilon: train.eps,
      clip: train.clip_grad_norm,
    });
  }
  const losses = (await step.records(1, steps)).map(({ loss }) => loss);
  assertClose(losses, train.loss.slice(0, steps), { rtol: 0, atol: 1e-3, label: "loss" });
});

Deno.test("a text that is typed is learned and continued", async () => {
  const device = await openDevice({ backend: "cpu", threads: 2 });
  const text = "to be or not to be, ".repeat(40);
  const tokenizer = await bittext.CharTokenizer.fromChunks([text]);
  const ids = Int32Array.from(tokenizer.encode(text));
  const model = new LanguageModel({
    ...bittext.smallTextConfig,
    vocabSize: tokenizer.vocabSize,
    hiddenSize: 32,
    intermediateSize: 64,
    layers: 1,
    heads: 2,
    keyValueHeads: 2,
    maxPositions: 16,
  }, device);
  model.memory.initialize(1);
  const options = bittext.trainingOptions({ steps: 60, batch: 8, context: 16, learningRate: 1e-2 });
  const data = { train: ids, validation: ids, validationBytes: ids.length, tokenizer };
  const task = new TextTask(model, data, options);
  const step = await task.makeStep(true);
  const batches = task.openBatches({ ...new bittext.Random(1).state() });
  for (let i = 1; i <= options.steps; i++) {
    step.run(await batches.next(), { ...options, step: i });
  }
  const [first] = await step.records(1, 1);
  const { loss } = await task.evaluate();
  assert.ok(loss < first.loss / 2, `${first.loss} became ${loss}`);

  const decoder = tokenizer.decoder();
  const prompt = Int32Array.from(tokenizer.encode("to be or "));
  let continued = "";
  const sampling = { tokens: 6, temperature: 0, random: new bittext.Random(0) };
  for await (const id of bittext.generate(model, prompt, sampling)) continued += decoder.push(id);
  assert.equal(continued + decoder.flush(), "not to");
  device[Symbol.dispose]();
});

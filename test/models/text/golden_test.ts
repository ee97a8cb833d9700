/**
 * The text model against an independent PyTorch implementation: logits, loss, the residual stream after
 * every layer, every gradient by name, ten training steps, greedy decoding.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Random } from "../../../src/random.ts";
import type { Device } from "../../../src/device/device.ts";
import { readSafetensors, toFloat32, toInt32 } from "../../../src/files/safetensors.ts";
import { generate } from "../../../src/infer/generate.ts";
import { loadWeights } from "../../../src/models/model_directory.ts";
import { loadLanguageModel } from "../../../src/models/text/load.ts";
import { makeTrace } from "../../../src/nn/trace.ts";
import { makePlan } from "../../../src/tensor/plan.ts";
import { input } from "../../../src/tensor/value.ts";
import { TrainingStep } from "../../../src/train/step.ts";
import { assertClose } from "../../assert_close.ts";
import { deviceTest } from "../../devices.ts";

const golden = (path: string) => fileURLToPath(new URL(`../../golden/${path}`, import.meta.url));

const variants = [
  { name: "float", curve: 1e-4 },
  { name: "ternary", curve: 1e-3 },
  { name: "sign", curve: 1e-3 },
  { name: "absmax4", curve: 1e-3 },
];

async function forwardFile(variant: string) {
  const { tensors } = await readSafetensors(golden(`lm_tiny/${variant}/forward.safetensors`));
  const ids = tensors.get("input_ids")!;
  return {
    tensors,
    shape: [ids.shape[0], ids.shape[1]] as const,
    tokens: toInt32(ids),
    targets: toInt32(tensors.get("targets")!),
  };
}

async function metrics(variant: string) {
  return JSON.parse(await Deno.readTextFile(golden(`lm_tiny/${variant}/metrics.json`)));
}

async function runHidden(device: Device, variant: string): Promise<Float32Array[]> {
  const { shape, tokens } = await forwardFile(variant);
  using model = await loadLanguageModel(golden(`lm_tiny/${variant}`), device);
  await model.refresh();
  const ids = input("tokens", shape, "i32");
  const states = model.network.hidden(ids, makeTrace(model.weights));
  using plan = await model.weights.compile(makePlan(states));
  plan.write(ids, tokens);
  plan.run();
  const read: Float32Array[] = [];
  for (const state of states) read.push(await plan.read(state) as Float32Array);
  return read;
}

for (const { name, curve } of variants) {
  deviceTest(`golden lm_tiny/${name}: residual stream of every layer`, async (device) => {
    const { tensors } = await forwardFile(name);
    const expected = toFloat32(tensors.get("hidden")!);
    const states = await runHidden(device, name);
    const size = states[0].length;
    assert.equal(states.length * size, expected.length);
    states.forEach((state, layer) =>
      assertClose(state, expected.subarray(layer * size, (layer + 1) * size), {
        rtol: 0,
        atol: 1e-4,
        label: `hidden ${layer}`,
      })
    );
  });

  deviceTest(`golden lm_tiny/${name}: logits, loss and gradients`, async (device) => {
    const { tensors, shape, tokens, targets } = await forwardFile(name);
    using model = await loadLanguageModel(golden(`lm_tiny/${name}`), device);
    const { logits, loss } = await model.forward(tokens, { shape, targets });
    assertClose(logits, toFloat32(tensors.get("logits")!), {
      rtol: 0,
      atol: 1e-4,
      label: "logits",
    });
    assertClose([loss!], toFloat32(tensors.get("loss")!), { rtol: 0, atol: 1e-5, label: "loss" });

    const gradients = await model.gradients(tokens, { shape, targets });
    const expected = await readSafetensors(golden(`lm_tiny/${name}/grads.safetensors`));
    assert.deepEqual([...gradients.keys()].sort(), [...expected.tensors.keys()].sort());
    for (const [key, gradient] of gradients) {
      assertClose(gradient, toFloat32(expected.tensors.get(key)!), { rtol: 1e-4, label: key });
    }
  });

  deviceTest(`golden lm_tiny/${name}: ten training steps`, async (device) => {
    const { train } = await metrics(name);
    const file = await readSafetensors(golden(`lm_tiny/${name}/train.safetensors`));
    const ids = file.tensors.get("input_ids")!;
    const [steps, batch, context] = ids.shape;
    const tokens = toInt32(ids);
    const targets = toInt32(file.tensors.get("targets")!);
    using model = await loadLanguageModel(golden(`lm_tiny/${name}`), device, { trainable: true });
    using step = await TrainingStep.make(model, {
      batch,
      context,
      accumulate: 1,
      labelSmoothing: 0,
      gradientBits: 32,
    });
    const size = batch * context;
    for (let i = 0; i < steps; i++) {
      const part = (all: Int32Array) => all.subarray(i * size, (i + 1) * size);
      await step.run([{ tokens: part(tokens), targets: part(targets) }], {
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
    const records = await step.records(1, steps);
    assertClose(records.map(({ loss }) => loss), train.loss, {
      rtol: 0,
      atol: curve,
      label: "loss",
    });
    assertClose(records.map(({ gradientNorm }) => gradientNorm), train.grad_norm, {
      rtol: 1e-3,
      label: "gradient norm",
    });
    const parameters = await model.memory.read("parameters");
    const final = await readSafetensors(golden(`lm_tiny/${name}/final.safetensors`));
    for (const [key, tensor] of parameters) {
      assertClose(toFloat32(tensor), toFloat32(final.tensors.get(key)!), {
        rtol: 0,
        atol: 1e-4,
        label: key,
      });
    }
    const first = { shape: [batch, context] as const, targets: targets.subarray(0, size) };
    const { loss } = await model.forward(tokens.subarray(0, size), first);
    assertClose([loss!], [train.final_loss_on_batch_0], { rtol: 0, atol: curve, label: "final" });
  });
}

deviceTest("golden decode: greedy continuation", async (device) => {
  const { prompt, generated } = JSON.parse(await Deno.readTextFile(golden("decode/decode.json")));
  using model = await loadLanguageModel(golden("lm_tiny/ternary"), device);
  const ids: number[] = [];
  const options = { tokens: generated.length, random: new Random(0), temperature: 0 };
  for await (const id of generate(model, Int32Array.from(prompt), options)) ids.push(id);
  assert.deepEqual(ids, generated);
});

deviceTest("a model reloads its own weights bit for bit", async (device) => {
  using model = await loadLanguageModel(golden("lm_tiny/ternary"), device, { trainable: true });
  const before = await model.memory.read("parameters");
  await loadWeights(model, golden("lm_tiny/ternary/model.safetensors"));
  const after = await model.memory.read("parameters");
  for (const [name, tensor] of before) assert.deepEqual(after.get(name), tensor, name);
});

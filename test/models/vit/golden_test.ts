/**
 * The image model against an independent PyTorch implementation: logits, loss, attention maps, the residual
 * stream after every layer, every gradient by name, five training steps.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSafetensors, toFloat32, toInt32 } from "../../../src/files/safetensors.ts";
import { loadModel } from "../../../src/models/model_directory.ts";
import { loadImageClassifier } from "../../../src/models/vit/load.ts";
import { makeTrace } from "../../../src/nn/trace.ts";
import { makePlan } from "../../../src/tensor/plan.ts";
import { input } from "../../../src/tensor/value.ts";
import { TrainingStep } from "../../../src/train/step.ts";
import { assertClose } from "../../assert_close.ts";
import { deviceTest } from "../../devices.ts";

const golden = (path: string) =>
  fileURLToPath(new URL(`../../golden/vit_tiny/${path}`, import.meta.url));

const variants = [{ name: "float", curve: 1e-4 }, { name: "ternary", curve: 1e-3 }];

/** Softmax ignores it: what is stored is rounding noise, and what AdamW makes of it. */
const isKeyBias = (name: string) => name.endsWith("attention.key.bias");

async function forwardFile(variant: string) {
  const { tensors } = await readSafetensors(golden(`${variant}/forward.safetensors`));
  const pixels = tensors.get("pixel_values")!;
  const [B, C, H, W] = pixels.shape;
  return {
    expected: (name: string) => toFloat32(tensors.get(name)!),
    shape: [B, C, H, W] as const,
    images: toFloat32(pixels),
    labels: toInt32(tensors.get("labels")!),
  };
}

for (const { name, curve } of variants) {
  deviceTest(`golden vit_tiny/${name}: residual stream of every layer`, async (device) => {
    const { expected, shape, images } = await forwardFile(name);
    using model = await loadImageClassifier(golden(name), device);
    await model.refresh();
    const pixels = input("images", shape);
    const states = model.network.hidden(pixels, makeTrace(model.weights));
    using plan = await model.weights.compile(makePlan(states));
    plan.write(pixels, images);
    plan.run();
    const hidden = expected("hidden");
    let at = 0;
    for (const [layer, state] of states.entries()) {
      const actual = await plan.read(state);
      const part = hidden.subarray(at, at += actual.length);
      assertClose(actual, part, { rtol: 0, atol: 1e-4, label: `hidden ${layer}` });
    }
    assert.equal(at, hidden.length);
  });

  deviceTest(`golden vit_tiny/${name}: logits, loss, attention and gradients`, async (device) => {
    const { expected, shape, images, labels } = await forwardFile(name);
    using model = await loadModel(golden(name), device);
    assert.equal(model.family, "vit");
    const { logits, loss } = await model.forward(images, { shape, labels });
    assertClose(logits, expected("logits"), { rtol: 0, atol: 1e-4, label: "logits" });
    assertClose([loss!], expected("loss"), { rtol: 0, atol: 1e-5, label: "loss" });

    const seen = await model.forward(images, { shape, attention: true });
    assert.deepEqual(seen.logits, logits);
    assert.equal(seen.loss, undefined);
    const maps = expected("attentions");
    assertClose(seen.attention!, maps, { rtol: 0, atol: 1e-5, label: "attention" });

    const gradients = await model.gradients(images, { shape, labels });
    const { tensors } = await readSafetensors(golden(`${name}/grads.safetensors`));
    assert.deepEqual([...gradients.keys()].sort(), [...tensors.keys()].sort());
    for (const [key, gradient] of gradients) {
      const tolerance = isKeyBias(key) ? { rtol: 0, atol: 1e-6 } : { rtol: 1e-4 };
      assertClose(gradient, toFloat32(tensors.get(key)!), { ...tolerance, label: key });
    }
  });

  deviceTest(`golden vit_tiny/${name}: five training steps`, async (device) => {
    const { train } = JSON.parse(await Deno.readTextFile(golden(`${name}/metrics.json`)));
    const { tensors } = await readSafetensors(golden(`${name}/train.safetensors`));
    const pixels = tensors.get("pixel_values")!;
    const [steps, batch, ...size] = pixels.shape;
    const [images, labels] = [toFloat32(pixels), toInt32(tensors.get("labels")!)];
    const batches = Array.from({ length: steps }, (_, i) => {
      const count = images.length / steps;
      return {
        images: images.subarray(i * count, (i + 1) * count),
        labels: labels.subarray(i * batch, (i + 1) * batch),
      };
    });
    using model = await loadImageClassifier(golden(name), device, { trainable: true });
    const options = { batch, accumulate: 1, labelSmoothing: 0, gradientBits: 32 } as const;
    using step = await TrainingStep.make(model, options);
    for (const [i, data] of batches.entries()) {
      await step.run([data], {
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
    const losses = records.map(({ loss }) => loss);
    assertClose(losses, train.loss, { rtol: 0, atol: curve, label: "loss" });
    const norms = records.map(({ gradientNorm }) => gradientNorm);
    assertClose(norms, train.grad_norm, { rtol: 1e-3, label: "gradient norm" });

    const decayed = model.network.parameters.filter(({ decay }) => decay)
      .flatMap(({ parts }) => parts.map((part) => part.name));
    assert.deepEqual(decayed.sort(), train.decayed);
    const final = await readSafetensors(golden(`${name}/final.safetensors`));
    for (const [key, tensor] of await model.memory.read("parameters")) {
      if (isKeyBias(key)) continue;
      const label = key;
      assertClose(toFloat32(tensor), toFloat32(final.tensors.get(key)!), {
        rtol: 0,
        atol: 1e-4,
        label,
      });
    }
    const shape = [batch, ...size] as [number, number, number, number];
    const { loss } = await model.forward(batches[0].images, { shape, labels: batches[0].labels });
    assertClose([loss!], [train.final_loss_on_batch_0], { rtol: 0, atol: curve, label: "final" });
  });
}

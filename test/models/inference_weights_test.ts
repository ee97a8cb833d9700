/** Models that hold codes and float tensors only: the same results as with latent weights, in the memory they need. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Device } from "../../src/device/device.ts";
import { openSafetensors, writeSafetensors } from "../../src/files/safetensors.ts";
import { selectTensors } from "../../src/files/tensor_file.ts";
import { InferenceWeights } from "../../src/models/inference_weights.ts";
import { layerStatistics } from "../../src/models/layer_statistics.ts";
import type { Model } from "../../src/models/model.ts";
import { loadModel, saveModel } from "../../src/models/model_directory.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { smallVitConfig } from "../../src/models/vit/config.ts";
import { ImageClassifier } from "../../src/models/vit/model.ts";
import type { WeightSource } from "../../src/models/weights.ts";
import { makeQuantization, type Quantization } from "../../src/nn/quantization.ts";
import { countedDevice } from "../counted_device.ts";
import { deviceTest, testDevices } from "../devices.ts";
import { normal } from "../ops/sweep.ts";
import { allQuantizations } from "../ops/weight_cases.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";

const inference: WeightSource = (device, network) => new InferenceWeights(device, network);

const describe = ({ weightQuantizer, weightBits, weightGranularity }: Quantization) =>
  `${weightQuantizer?.name ?? "float"}, ${weightBits} bits, ${weightGranularity}`;

function textModel(device: Device, quantization: Quantization, source?: WeightSource) {
  return new LanguageModel(tinyConfig({ quantization }), device, source);
}

const IMAGES = { shape: [2, 1, 28, 28] as const, pixels: normal(2 * 28 * 28, 3) };

function imageModel(device: Device, quantization: Quantization, source?: WeightSource) {
  const sizes = { hiddenSize: 16, intermediateSize: 32, heads: 2, layers: 1 };
  // The patch embedding and the classifier too, at their own widths.
  const outer = { embedQuantization: quantization, headQuantization: quantization };
  return new ImageClassifier(
    { ...smallVitConfig, ...sizes, quantization, ...outer },
    device,
    source,
  );
}

const families = {
  text: {
    make: textModel,
    logits: async (model: LanguageModel) =>
      (await model.forward(randomTokens(16), { shape: [2, 8] })).logits,
  },
  vit: {
    make: imageModel,
    logits: async (model: ImageClassifier) =>
      (await model.forward(IMAGES.pixels, { shape: IMAGES.shape })).logits,
  },
} as const;

async function checkSame<M extends Model>(
  device: Device,
  quantization: Quantization,
  { make, logits }: {
    make(device: Device, quantization: Quantization, source?: WeightSource): M;
    logits(model: M): Promise<Float32Array>;
  },
): Promise<void> {
  using trained = make(device, quantization);
  trained.memory.initialize(5);
  trained.memory.thresholds.set(
    new Map([...trained.memory.thresholds.values.keys()].map((name, i) => [name, 0.5 + 0.1 * i])),
  );
  const expected = await logits(trained);
  using used = make(device, quantization, inference);
  assert.ok(used.weights instanceof InferenceWeights);
  await used.weights.load(await trained.memory.tensors("parameters"));
  assert.deepEqual(await logits(used), expected, describe(quantization));
}

for (const [name, family] of Object.entries(families)) {
  deviceTest(
    `${name}: logits of codes alone are those of latent weights, every scheme`,
    async (device) => {
      const activations = makeQuantization({ activationScheme: "ema_tensor" });
      for (
        const quantization of [
          ...allQuantizations(),
          makeQuantization({ weightBits: 32 }),
          makeQuantization({ activationBits: 4 }),
          activations,
        ]
      ) {
        await checkSame<never>(device, quantization, family as never);
      }
    },
  );
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const call = { shape: [2, 8] as const, targets: randomTokens(16, 1) };

Deno.test("whoever asks for latent weights at the same time gets the same", async () => {
  const device = testDevices().at(-1)!;
  await inFolder(async (folder) => {
    using trained = textModel(device, makeQuantization());
    trained.memory.initialize(2);
    await saveModel(trained, folder);
    using used = await loadModel(folder, device);
    await used.forward(randomTokens(16), call);
    const all = [used.gradients(randomTokens(16), call), used.gradients(randomTokens(16), call)];
    const expected = await trained.gradients(randomTokens(16), call);
    for (const gradients of await Promise.all(all)) assert.deepEqual(gradients, expected);
  });
});

deviceTest("gradients fetch the latent weights, once", async (device) => {
  await inFolder(async (folder) => {
    using trained = textModel(device, makeQuantization({ activationScheme: "ema_tensor" }));
    trained.memory.initialize(2);
    await trained.calibrate([randomTokens(16, 9)], [2, 8]);
    await saveModel(trained, folder);
    const tokens = randomTokens(16);
    using used = await loadModel(folder, device) as Disposable & LanguageModel;
    assert.ok(used.weights instanceof InferenceWeights);
    assert.throws(() => used.memory, {
      name: "TypeError",
      message: /^Cannot train this model: .* load it with trainable: true$/,
    });
    const before = await used.forward(tokens, call);
    assert.deepEqual(before, await trained.forward(tokens, call));
    // What a calibration found stays.
    await used.calibrate([randomTokens(16, 4)], [2, 8]);
    await trained.calibrate([randomTokens(16, 4)], [2, 8]);

    const expected = await trained.gradients(tokens, call);
    assert.deepEqual(await used.gradients(tokens, call), expected);
    const { memory } = used;
    assert.deepEqual(await used.forward(tokens, call), await trained.forward(tokens, call));
    used.quantized = trained.quantized = false;
    assert.deepEqual(await used.forward(tokens, call), await trained.forward(tokens, call));
    await Promise.all([used.fetchLatents(), used.fetchLatents()]);
    assert.equal(used.memory, memory);
  });
});

Deno.test("gradients are refused where there are no latent weights, or others", async () => {
  const device = testDevices().at(-1)!;
  using trained = textModel(device, makeQuantization());
  trained.memory.initialize(2);
  using without = textModel(device, makeQuantization(), inference);
  assert.ok(without.weights instanceof InferenceWeights);
  await without.weights.load(await trained.memory.tensors("parameters"));
  await assert.rejects(without.gradients(randomTokens(16), call), {
    name: "InputError",
    message: /^Cannot compute gradients of this model: it has no latent weights, only their codes$/,
  });
  await without.forward(randomTokens(16), call);

  await inFolder(async (folder) => {
    await saveModel(trained, folder);
    using used = await loadModel(folder, device);
    trained.memory.initialize(3);
    await saveModel(trained, folder);
    await assert.rejects(used.gradients(randomTokens(16), call), {
      name: "InputError",
      message:
        /^Cannot fetch the latent weights from .*: it has changed since the model was loaded/,
    });
  });
});

Deno.test("a model that is loaded to be trained has its latent weights from the start", async () => {
  const device = testDevices().at(-1)!;
  await inFolder(async (folder) => {
    using trained = textModel(device, makeQuantization());
    trained.memory.initialize(2);
    await saveModel(trained, folder);
    using loaded = await loadModel(folder, device, { trainable: true });
    assert.deepEqual(
      await loaded.memory.read("parameters"),
      await trained.memory.read("parameters"),
    );
  });
});

Deno.test("learned scales that a file lacks start from its weights", async () => {
  const device = testDevices().at(-1)!;
  for (const weightGranularity of ["tensor", "row", "group:32"]) {
    const quantization = makeQuantization({
      weightBits: 4,
      weightScheme: "lsq",
      weightGranularity,
    });
    using trained = textModel(device, quantization);
    trained.memory.initialize(2);
    const all = await trained.memory.tensors("parameters");
    const plain = selectTensors(all, (name) => name.endsWith("_step") ? undefined : name);
    using used = textModel(device, quantization, inference);
    assert.ok(used.weights instanceof InferenceWeights);
    await used.weights.load(plain);
    const { logits } = await used.forward(randomTokens(16), call);
    assert.deepEqual(logits, (await trained.forward(randomTokens(16), call)).logits);
  }
});

Deno.test("statistics of codes do not need latent weights", async () => {
  const device = testDevices().at(-1)!;
  const quantization = makeQuantization({ weightScheme: "threshold" });
  using trained = textModel(device, quantization);
  trained.memory.initialize(2);
  await trained.refresh();
  using used = textModel(device, quantization, inference);
  assert.ok(used.weights instanceof InferenceWeights);
  await used.weights.load(await trained.memory.tensors("parameters"));
  assert.deepEqual(await layerStatistics(used.weights), await layerStatistics(trained.weights));
  assert.throws(
    () => used.weights.float(used.network.quantizedWeights[0].parameter),
    /only its codes/,
  );
  assert.throws(() => used.weights.codes(used.network.embedTokens), /it is not quantized/);
});

Deno.test("damaged weights are refused: missing, of another shape, not finite", async () => {
  const device = testDevices().at(-1)!;
  using trained = textModel(device, makeQuantization());
  trained.memory.initialize(2);
  const name = "model.layers.0.mlp.down_proj.weight";
  const load = async (change: (values: Float32Array) => void, left?: string) => {
    const state = await trained.memory.read("parameters");
    change(new Float32Array(state.get(name)!.data.buffer));
    if (left) state.delete(left);
    await inFolder(async (folder) => {
      await saveModel(trained, folder);
      await writeSafetensors(join(folder, "model.safetensors"), state);
      (await loadModel(folder, device))[Symbol.dispose]();
    });
  };
  await load(() => {});
  await assert.rejects(load((values) => values[100] = NaN), /down_proj\.weight holds NaN at 100$/);
  await assert.rejects(load(() => {}, name), /tensor .*down_proj\.weight is missing$/);
});

Deno.test("loading takes little more than what is kept", async () => {
  const device = testDevices().at(-1)!;
  // 21 million parameters: 80 MB of latents, 21 MB of codes.
  const quantization = makeQuantization();
  const sizes = {
    hiddenSize: 768,
    intermediateSize: 2048,
    layers: 3,
    heads: 12,
    keyValueHeads: 12,
  };
  await inFolder(async (folder) => {
    {
      using trained = new LanguageModel(tinyConfig({ quantization, ...sizes }), device);
      trained.memory.initialize(1);
      await saveModel(trained, folder);
    }
    const reads: number[] = [];
    const path = join(folder, "model.safetensors");
    using file = await openSafetensors(path);
    const counter = countedDevice(device);
    using model = new LanguageModel(
      tinyConfig({ quantization, ...sizes }),
      counter.device,
      inference,
    );
    assert.ok(model.weights instanceof InferenceWeights);
    await model.weights.load({
      ...file,
      read(name, range, into) {
        assert.ok(into, "it is read into memory that is there");
        reads.push(into.length);
        return file.read(name, range, into);
      },
    });
    const kept = model.weights.byteLength;
    const { parameterCount } = model;
    assert.ok(kept < 1.02 * parameterCount, `${kept} bytes for ${parameterCount} parameters`);
    assert.equal(counter.now(), kept);
    // Two readers, of float tensors and of weights, each with a piece in memory.
    const host = 2 * Math.max(...reads);
    const peak = counter.peak() + host;
    assert.ok(peak <= 1.3 * kept, `${peak} bytes at most for ${kept} that are kept`);
  });
});

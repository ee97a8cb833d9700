import assert from "node:assert/strict";
import type { Device, Plan } from "../../src/device/device.ts";
import { generate } from "../../src/infer/generate.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { Random } from "../../src/random.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest, testDevices } from "../devices.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";

deviceTest("next gives the logits of one position of each sequence", async (device) => {
  for (const layers of [1, 2]) {
    for (const bits of [1.58, 32]) {
      using model = new LanguageModel(tinyConfig({ layers, bits }), device);
      model.memory.initialize(4);
      const tokens = randomTokens(16);
      const { logits } = await model.forward(tokens, { shape: [2, 8] });
      const { vocabSize } = model.config;
      for (const positions of [Int32Array.of(7, 7), Int32Array.of(0, 4)]) {
        const next = await model.next(tokens, { shape: [2, 8], positions });
        positions.forEach((position, b) => {
          const from = (8 * b + position) * vocabSize;
          assertClose(
            next.subarray(b * vocabSize, (b + 1) * vocabSize),
            logits.subarray(from, from + vocabSize),
            { rtol: 1e-5, atol: 1e-5, label: `${bits} bits, position ${position}` },
          );
        });
      }
    }
  }
});

Deno.test("next refuses positions that are not there", async () => {
  using model = new LanguageModel(tinyConfig(), testDevices().at(-1)!);
  const tokens = randomTokens(16);
  const next = (...positions: number[]) =>
    model.next(tokens, { shape: [2, 8], positions: Int32Array.from(positions) });
  await assert.rejects(next(1), /^RangeError: Cannot continue 2 sequences at 1 positions$/);
  await assert.rejects(next(0, 8), /^RangeError: Cannot continue at position 8: a sequence has 8$/);
  await assert.rejects(next(-1, 0), /position -1/);
});

/** Says which plans run on a device. */
function watched(device: Device, onRun: (plan: Plan) => void): Device {
  const watching: Device = {
    ...{ description: device.description, counters: device.counters },
    allocate: (spec) => device.allocate(spec),
    write: (...args) => device.write(...args),
    read: (...args) => device.read(...args),
    synchronize: () => device.synchronize(),
    async compile(plan, buffers) {
      const executable = await device.compile(plan, buffers);
      return {
        plan,
        run(step) {
          onRun(plan);
          executable.run(step);
        },
        profile: (step) => executable.profile(step),
        [Symbol.dispose]: () => executable[Symbol.dispose](),
      };
    },
    [Symbol.dispose]() {},
  };
  return watching;
}

Deno.test("a token costs no quantization, no loss, and one row of the head", async () => {
  const runs: Plan[] = [];
  const device = watched(testDevices().at(-1)!, (plan) => runs.push(plan));
  using model = new LanguageModel(tinyConfig(), device);
  model.memory.initialize(4);
  const options = { tokens: 5, random: new Random(1) };
  const ids = await Array.fromAsync(generate(model, Int32Array.of(3), options));
  assert.equal(ids.length, 5);
  const [quantization, ...steps] = runs;
  const kernels = (plan: Plan) => plan.dispatches.map(({ kernel }) => kernel.name);
  assert.deepEqual(kernels(quantization), ["weight_statistics", "quantize_weights"]);
  assert.equal(steps.length, 5);
  for (const plan of steps) {
    const names = kernels(plan);
    assert.ok(!names.some((name) => /weight|cross_entropy/.test(name)), names.join());
    const { vocabSize } = model.config;
    const head = plan.dispatches.at(-1)!;
    assert.equal(head.writes[0].byteLength, 4 * vocabSize);
  }
});

Deno.test("what generate continues is what forward predicts", async () => {
  using model = new LanguageModel(tinyConfig({ layers: 2 }), testDevices().at(-1)!);
  model.memory.initialize(4);
  // Longer than the context, and greedy.
  const prompt = randomTokens(11, 2);
  const options = { tokens: 4, random: new Random(1), temperature: 0 };
  const ids = await Array.fromAsync(generate(model, prompt, options));
  const all = [...prompt];
  for (const id of ids) {
    const { logits } = await model.forward(Int32Array.from(all.slice(-8)), { shape: [1, 8] });
    const last = logits.subarray(-model.config.vocabSize);
    assert.equal(id, last.indexOf(Math.max(...last)));
    all.push(id);
  }
});

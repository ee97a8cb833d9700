/** The memory of a model that is trained is filled from files, and written to them, in small pieces. */
import assert from "node:assert/strict";
import { openSafetensors, writeSafetensors } from "../../src/files/safetensors.ts";
import { BlockReader } from "../../src/models/block_reader.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { TrainingMemory } from "../../src/models/training_memory.ts";
import { BufferSet } from "../../src/tensor/compiled_plan.ts";
import { countedDevice } from "../counted_device.ts";
import { deviceTest, testDevices } from "../devices.ts";
import { tinyConfig } from "../tiny_text.ts";

const SIZES = { hiddenSize: 512, intermediateSize: 1024, layers: 2, heads: 8, keyValueHeads: 8 };

Deno.test("loading for training takes the latent weights and little more", async () => {
  const device = testDevices().at(-1)!;
  const path = await Deno.makeTempFile();
  try {
    using trained = new LanguageModel(tinyConfig(SIZES), device);
    trained.memory.initialize(1);
    await writeSafetensors(path, await trained.memory.tensors("parameters"));

    const counter = countedDevice(device);
    using memory = new TrainingMemory(counter.device, trained.network);
    const reads: number[] = [];
    using file = await openSafetensors(path);
    await memory.load("parameters", {
      ...file,
      read(name, range, into) {
        assert.ok(into, "it is read into memory that is there");
        reads.push(into.length);
        return file.read(name, range, into);
      },
    });
    const latents = 4 * trained.parameterCount;
    assert.ok(latents > 20e6, `${latents} bytes of latent weights`);
    // Gradients and states of the optimizer are allocated when they are needed.
    assert.ok(counter.peak() >= latents && counter.peak() < 1.01 * latents, `${counter.peak()}`);
    assert.ok(Math.max(...reads) <= 0.15 * latents, `${Math.max(...reads)}`);
    assert.deepEqual(await memory.read("parameters"), await trained.memory.read("parameters"));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("saving reads a device in blocks, and small tensors many at a time", async () => {
  const device = testDevices().at(-1)!;
  using model = new LanguageModel(tinyConfig(SIZES), device);
  model.memory.initialize(1);
  const reads: number[] = [];
  const read = device.read;
  device.read = function (buffer, byteOffset, byteLength) {
    reads.push(byteLength!);
    return read.call(this, buffer, byteOffset, byteLength);
  };
  const path = await Deno.makeTempFile();
  try {
    await writeSafetensors(path, await model.memory.tensors("parameters"));
  } finally {
    device.read = read;
    await Deno.remove(path);
  }
  const bytes = model.memory.layout.shards.reduce((sum, shard) => sum + 4 * shard.length, 0);
  assert.ok(Math.max(...reads) <= 2 ** 23, `${reads}`);
  // Every block once.
  assert.ok(reads.reduce((sum, length) => sum + length) <= bytes + 2 ** 23, `${reads}`);
});

deviceTest("a block reader reads any part, over the ends of blocks", async (device) => {
  using buffers = new BufferSet(device);
  const spec = { label: "numbers", byteLength: 1000 };
  device.write(buffers.get(spec), Float32Array.from({ length: 250 }, (_, i) => i));
  const reader = new BlockReader(buffers, 64);
  for (const [from, count] of [[0, 250], [3, 1], [15, 2], [100, 60], [249, 1], [0, 16], [7, 0]]) {
    const values = new Float32Array(count);
    await reader.read(spec, 4 * from, new Uint8Array(values.buffer));
    assert.deepEqual(values, Float32Array.from({ length: count }, (_, i) => from + i));
  }
});

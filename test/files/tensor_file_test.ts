import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError } from "../../src/errors.ts";
import { type ByteSource, memorySource } from "../../src/files/byte_source.ts";
import {
  encodeSafetensors,
  openSafetensors,
  safetensorsOf,
  type StoredTensor,
  storedTensor,
  writeSafetensors,
} from "../../src/files/safetensors.ts";
import { FloatReader } from "../../src/files/float_reader.ts";
import {
  joinTensors,
  selectTensors,
  type TensorFile,
  tensorsInMemory,
} from "../../src/files/tensor_file.ts";

const tensors = new Map<string, StoredTensor>([
  ["w", storedTensor(Float32Array.from({ length: 12 }, (_, i) => i / 2), [3, 4])],
  ["half", { dtype: "F16", shape: [2], data: new Uint8Array(Float16Array.of(0.5, -3).buffer) }],
  ["ids", storedTensor(Int8Array.of(1, -2, 3), [3])],
  ["none", storedTensor(new Float32Array(), [0, 3])],
]);

async function onDisk(use: (file: TensorFile, path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "model.safetensors");
    await writeSafetensors(path, tensors, { format: "pt" });
    using file = await openSafetensors(path);
    await use(file, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function inMemory(use: (file: TensorFile) => Promise<void>): Promise<void> {
  await use(tensorsInMemory(tensors, "memory"));
}

for (const [place, open] of [["file", onDisk], ["memory", inMemory]] as const) {
  Deno.test(`tensors in a ${place} are read by name and byte range`, async () => {
    await open(async (file) => {
      assert.deepEqual([...file.names].sort(), ["half", "ids", "none", "w"]);
      assert.deepEqual(file.shape("w"), [3, 4]);
      assert.equal(file.dtype("half"), "F16");
      assert.ok(file.has("ids") && !file.has("other"));
      assert.deepEqual(Uint8Array.from(await file.read("ids")), Uint8Array.of(1, 254, 3));
      const range = { start: 4, end: 12 };
      const into = new Uint8Array(8);
      const expected = new Uint8Array(Float32Array.of(0.5, 1).buffer);
      assert.deepEqual(Uint8Array.from(await file.read("w", range)), expected);
      assert.equal(await file.read("w", range, into), into);
      assert.deepEqual(into, expected);
      assert.equal((await file.read("none")).length, 0);
      assert.throws(() => file.shape("other"), RangeError);
      await assert.rejects(file.read("other"), RangeError);
      await assert.rejects(file.read("ids", { start: 2, end: 4 }), RangeError);
    });
  });

  Deno.test(`floats in a ${place} come in pieces, converted from their type`, async () => {
    await open(async (file) => {
      const reader = new FloatReader(file, 5);
      const seen: number[] = [];
      const sizes: number[] = [];
      for await (const { offset, values } of reader.pieces("w")) {
        assert.equal(offset, seen.length);
        seen.push(...values);
        sizes.push(values.length);
      }
      assert.deepEqual(seen, Array.from({ length: 12 }, (_, i) => i / 2));
      assert.deepEqual(sizes, [5, 5, 2]);
      assert.deepEqual(await reader.all("half"), Float32Array.of(0.5, -3));
      assert.deepEqual(await reader.all("none"), new Float32Array());
      await assert.rejects(reader.all("ids"), (error: Error) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, /^Cannot load .*: tensor ids is I8, it must be F32, F16, BF16/);
        return true;
      });
    });
  });
}

Deno.test("a file that is open stays the same while another takes its place", async () => {
  await onDisk(async (file, path) => {
    await writeSafetensors(path, new Map([["w", storedTensor(new Float32Array(12), [3, 4])]]));
    const last = new Float32Array((await file.read("w")).slice().buffer).at(-1);
    assert.equal(last, 5.5);
  });
});

Deno.test("parts that are read at the same time do not mix", async () => {
  await onDisk(async (file) => {
    const starts = [8, 0, 40, 16];
    const parts = await Promise.all(
      starts.map((start) => file.read("w", { start, end: start + 4 })),
    );
    const values = parts.map((part) => new Float32Array(part.slice().buffer)[0]);
    assert.deepEqual(values, [1, 0, 5, 2]);
  });
});

Deno.test("no part of a file is read that is larger than a mebibyte, its checksum included", async () => {
  const size = 3 * 2 ** 20 + 5;
  const bytes = await encodeSafetensors(
    new Map([["w", storedTensor(new Uint8Array(size).fill(7), [size])]]),
  );
  const reads: number[] = [];
  const counted: ByteSource = {
    name: "counted",
    bytes: bytes.length,
    slice(start, end) {
      reads.push(end - start);
      return memorySource("counted", bytes).slice(start, end);
    },
  };
  const file = await safetensorsOf(counted);
  assert.ok(Math.max(...reads) <= 2 ** 20, `${reads}`);
  assert.ok(reads.reduce((sum, read) => sum + read) === bytes.length);
  await file.read("w", { start: size - 3, end: size });
  assert.equal(reads.at(-1), 3);
  const damaged = memorySource("damaged", bytes.with(-1, 8));
  await assert.rejects(safetensorsOf(damaged), /Cannot read damaged: .* checksum/);
});

Deno.test("the tensors of a file are written like those in memory, under other names too", async () => {
  const values = Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i));
  const held = new Map([
    ["old.a", storedTensor(Int8Array.of(1), [1])],
    ["old.b", storedTensor(values, [3, 100_000])],
    ["other", storedTensor(Int8Array.of(2), [1])],
  ]);
  const file = tensorsInMemory(held, "memory");
  const renamed = selectTensors(
    file,
    (name) => name.startsWith("old.") ? name.slice(4) : undefined,
  );
  const more = tensorsInMemory(new Map([["a", storedTensor(Int8Array.of(3), [1])]]), "more");
  const joined = joinTensors([renamed, more], "both");
  assert.ok(!renamed.has("other") && !renamed.has("old.a"));
  assert.throws(() => renamed.shape("other"), /Cannot find tensor other in memory/);
  const path = await Deno.makeTempFile();
  try {
    await writeSafetensors(path, joined, { format: "pt" });
    const expected = await encodeSafetensors(
      new Map([["a", storedTensor(Int8Array.of(3), [1])], ["b", held.get("old.b")!]]),
      { format: "pt" },
    );
    assert.deepEqual(await Deno.readFile(path), expected);
    (await openSafetensors(path))[Symbol.dispose]();

    const failing = { ...joined, read: () => Promise.reject(new RangeError("it is gone")) };
    await assert.rejects(writeSafetensors(path, failing), {
      name: "RangeError",
      message: "it is gone",
    });
    assert.deepEqual(await Deno.readFile(path), expected);
  } finally {
    await Deno.remove(path);
  }
});

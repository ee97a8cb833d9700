import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError } from "../../src/errors.ts";
import {
  encodeSafetensors,
  parseSafetensors,
  readSafetensors,
  type StoredTensor,
  storedTensor,
  toFloat32,
  toInt32,
  writeSafetensors,
} from "../../src/files/safetensors.ts";
import { Random } from "../../src/random.ts";

/** A file from header text and data, as a careless or hostile writer would make it. */
function file(header: string, dataBytes = 0, headerBytes?: bigint): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerBytes ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function tensor(shape: number[], begin: number, end: number, dtype = "F32"): string {
  return JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
}

/** Written by the Python library, safetensors.numpy.save. */
const reference = Uint8Array.fromBase64(
  "SAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJpZHMiOnsiZHR5cGUiOiJJNjQiLCJzaGFwZSI6W" +
    "zNdLCJkYXRhX29mZnNldHMiOlswLDI0XX0sImVtcHR5Ijp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlswLDNdLCJkYXRh" +
    "X29mZnNldHMiOlsyNCwyNF19LCJzY2FsYXIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI" +
    "6WzI0LDI4XX0sImhhbGYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzIsMl0sImRhdGFfb2Zmc2V0cyI6WzI4LDM2XX" +
    "0sImZsYWciOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMzYsMzhdfX0gAQAAAAAAA" +
    "AD+/////////wMAAAAAAAAAzczMPQA+AMAANP97AQA=",
);

Deno.test("parseSafetensors reads what the Python library wrote", () => {
  const { tensors, metadata } = parseSafetensors(reference, "reference");
  const get = (name: string): StoredTensor => tensors.get(name)!;
  assert.deepEqual([...tensors.keys()], ["ids", "empty", "scalar", "half", "flag"]);
  assert.deepEqual(metadata, { format: "pt" });
  assert.deepEqual(toInt32(get("ids")), Int32Array.of(1, -2, 3));
  assert.deepEqual(toFloat32(get("half")), Float32Array.of(1.5, -2, 0.25, 65504));
  assert.deepEqual(toFloat32(get("scalar")), Float32Array.of(0.1));
  assert.deepEqual(get("scalar").shape, []);
  assert.deepEqual(get("empty").shape, [0, 3]);
  assert.equal(toFloat32(get("empty")).length, 0);
  assert.deepEqual(toInt32(get("flag")), Int32Array.of(1, 0));
});

Deno.test("encodeSafetensors and parseSafetensors are inverses", async () => {
  const random = new Random(1);
  for (let round = 0; round < 20; round++) {
    const tensors = new Map<string, StoredTensor>();
    const count = random.integer(6);
    for (let index = 0; index < count; index++) {
      const shape = Array.from({ length: random.integer(4) }, () => random.integer(4));
      const elements = shape.reduce((product, size) => product * size, 1);
      const values = [
        Float32Array.from({ length: elements }, () => random.normal()),
        Int32Array.from({ length: elements }, () => random.word()),
        Int8Array.from({ length: elements }, () => random.word()),
        Uint8Array.from({ length: elements }, () => random.word()),
      ][random.integer(4)];
      tensors.set(`層.${random.integer(1000)}."w"`, storedTensor(values, shape));
    }
    const bytes = await encodeSafetensors(tensors, { note: "é\n" });
    const read = parseSafetensors(bytes, "memory");
    assert.equal(read.metadata.note, "é\n");
    assert.equal(read.tensors.size, tensors.size);
    for (const [name, { dtype, shape, data }] of tensors) {
      const back = read.tensors.get(name)!;
      assert.deepEqual([back.dtype, back.shape], [dtype, shape]);
      assert.deepEqual(Uint8Array.from(back.data), Uint8Array.from(data));
    }
    // The order in which tensors are given does not matter.
    const reversed = await encodeSafetensors(new Map([...tensors].reverse()), { note: "é\n" });
    assert.deepEqual(reversed, bytes);
  }
});

Deno.test("encodeSafetensors aligns the data, so that float32 tensors are views", async () => {
  const bytes = await encodeSafetensors(
    new Map([
      ["a", storedTensor(Uint8Array.of(1, 2, 3), [3])],
      ["b", storedTensor(Float32Array.of(1, 2), [2])],
    ]),
  );
  assert.equal(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
  const { tensors } = parseSafetensors(bytes, "memory");
  assert.equal(toFloat32(tensors.get("b")!).buffer, bytes.buffer);
  assert.equal(toInt32({ ...tensors.get("b")!, dtype: "I32" }).buffer, bytes.buffer);
});

Deno.test("encodeSafetensors refuses data that does not fit the shape", async () => {
  const wrong = new Map([["w", storedTensor(Float32Array.of(1, 2), [3])]]);
  await assert.rejects(encodeSafetensors(wrong), {
    name: "RangeError",
    message: "tensor w: 8 bytes do not fit F32 [3]",
  });
  const reserved = new Map([["__metadata__", storedTensor(Float32Array.of(1), [])]]);
  await assert.rejects(encodeSafetensors(reserved), RangeError);
});

Deno.test("toFloat32 converts BF16, F64 and data that is not aligned", () => {
  const bf16 = new Uint8Array(Uint16Array.of(0x3fc0, 0xc000, 0x7f80).buffer);
  assert.deepEqual(
    toFloat32({ dtype: "BF16", shape: [3], data: bf16 }),
    Float32Array.of(1.5, -2, Infinity),
  );
  const f64 = new Uint8Array(Float64Array.of(0.1, -3).buffer);
  assert.deepEqual(toFloat32({ dtype: "F64", shape: [2], data: f64 }), Float32Array.of(0.1, -3));
  const shifted = new Uint8Array(9);
  shifted.set(new Uint8Array(Float32Array.of(7, 8).buffer), 1);
  const data = shifted.subarray(1);
  assert.deepEqual(toFloat32({ dtype: "F32", shape: [2], data }), Float32Array.of(7, 8));
  assert.throws(() => toFloat32({ dtype: "I8", shape: [2], data }), TypeError);
});

Deno.test("toInt32 refuses what does not fit", () => {
  const data = new Uint8Array(BigInt64Array.of(5n, 1n << 40n).buffer);
  assert.throws(() => toInt32({ dtype: "I64", shape: [2], data }), RangeError);
  assert.throws(() => toInt32({ dtype: "F32", shape: [4], data }), TypeError);
});

const one = tensor([1], 0, 4);
const broken: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ["too short", new Uint8Array(7), /it has 7 bytes, too short/],
  ["empty", new Uint8Array(0), /it has 0 bytes, too short/],
  ["header past the end", file("{}", 0, 100n), /its header is 100 bytes long and 2 bytes are/],
  ["header too large", file("{}", 0, 1n << 60n), /100000000 are allowed, it is not a safetensors/],
  ["header not JSON", file("{'a'}"), /its header is not JSON/],
  ["header not UTF-8", file("{}").with(8, 0xff), /its header is not JSON/],
  ["header an array", file("[]"), /its header is not a JSON object/],
  ["header with a leading space", file(" {}"), /its header is not a JSON object/],
  ["duplicate tensor", file(`{"a":${one},"a":${one}}`, 4), /has the key "a" twice/],
  ["duplicate escaped key", file(`{"a":${one},"\\u0061":${one}}`, 4), /has the key "a" twice/],
  ["duplicate field", file(`{"a":{"shape":[1],"shape":[1]}}`, 4), /has the key "shape" twice/],
  ["metadata a list", file(`{"__metadata__":[]}`), /__metadata__ is not an object/],
  ["metadata a number", file(`{"__metadata__":{"k":1}}`), /entry k is not a string/],
  ["unknown dtype", file(`{"a":${tensor([1], 0, 4, "F5")}}`, 4), /a has the unknown dtype "F5"/],
  ["inherited dtype", file(`{"a":${tensor([1], 0, 4, "toString")}}`, 4), /unknown dtype/],
  ["no entry", file(`{"a":null}`), /a is not described by an object/],
  ["negative size", file(`{"a":${tensor([-1, -1], 0, 4)}}`, 4), /a has the shape \[-1,-1\]/],
  ["fractional size", file(`{"a":${tensor([0.5, 2], 0, 4)}}`, 4), /a has the shape/],
  ["backward offsets", file(`{"a":${tensor([1], 4, 0)}}`, 4), /a has the data_offsets \[4,0\]/],
  ["three offsets", file(`{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1,1]}}`, 1), /offsets/],
  ["size mismatch", file(`{"a":${tensor([2], 0, 4)}}`, 4), /takes 4 bytes, and F32 \[2\] needs 8/],
  ["overflowing shape", file(`{"a":${tensor([2 ** 52, 2 ** 52], 0, 4)}}`, 4), /takes 4 bytes/],
  ["hole at the start", file(`{"a":${tensor([1], 4, 8)}}`, 8), /a leaves a hole before it, at/],
  ["hole", file(`{"a":${one},"b":${tensor([1], 8, 12)}}`, 12), /b leaves a hole before it, at/],
  ["overlap", file(`{"a":${tensor([2], 0, 8)},"b":${tensor([2], 4, 12)}}`, 12), /b overlaps/],
  ["same bytes twice", file(`{"a":${one},"b":${one}}`, 4), /b overlaps/],
  ["truncated", file(`{"a":${one},"b":${tensor([1], 4, 8)}}`, 7), /truncated, tensor b ends at/],
  ["left over", file(`{"a":${one}}`, 6), /2 bytes after the last tensor belong to none/],
];

for (const [name, bytes, message] of broken) {
  Deno.test(`parseSafetensors refuses a file: ${name}`, () => {
    assert.throws(() => parseSafetensors(bytes, "model.safetensors"), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /^Cannot read model\.safetensors: /);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

Deno.test("every truncation and every flipped bit of a written file is noticed or harmless", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "model.safetensors");
    await writeSafetensors(path, new Map([["w", storedTensor(Float32Array.of(1, 2, 3), [3])]]));
    const whole = await Deno.readFile(path);
    const dataStart = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
    assert.equal((await readSafetensors(path)).tensors.size, 1);
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => parseSafetensors(whole.slice(0, length), "cut"), InputError);
    }
    for (let at = dataStart; at < whole.length; at++) {
      await Deno.writeFile(path, whole.with(at, whole[at] ^ 1));
      await assert.rejects(readSafetensors(path), {
        name: "InputError",
        message:
          `Cannot read ${path}: its content does not match its checksum; the file is damaged`,
      });
    }
    for (let at = 0; at < dataStart; at++) {
      try {
        const { tensors } = parseSafetensors(whole.with(at, whole[at] ^ 1), "flipped");
        for (const { data } of tensors.values()) assert.ok(data.length <= 12);
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readSafetensors takes files without a checksum, and names a missing file", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, reference);
    assert.equal((await readSafetensors(path)).tensors.size, 5);
  } finally {
    await Deno.remove(path);
  }
  await assert.rejects(readSafetensors(path), {
    name: "InputError",
    message: `Cannot read ${path}: no such file or folder`,
  });
});

import assert from "node:assert/strict";
import { add } from "../../src/tensor/add.ts";
import { evaluate, packCodes, unpackCodes } from "../../src/tensor/evaluate.ts";
import { constant, input } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { uniform } from "../ops/sweep.ts";

deviceTest("evaluate: feeds, constants and leaves without data", async (device) => {
  const x = input("x", [3]);
  const unfed = input("unfed", [3]);
  const c = constant("c", [3], Float32Array.of(10, 20, 30));
  const sum = add(add(x, c), unfed);
  const feeds = new Map([[x, Float32Array.of(1, 2, 3)]]);
  const [actual, again, constantItself] = await evaluate(device, [sum, add(sum, x), c], feeds);
  assert.deepEqual(actual, Float32Array.of(11, 22, 33));
  assert.deepEqual(again, Float32Array.of(12, 24, 36));
  assert.deepEqual(constantItself, Float32Array.of(10, 20, 30));
});

deviceTest("evaluate: data of another size is refused", async (device) => {
  const x = input("x", [3]);
  await assert.rejects(
    evaluate(device, [add(x, x)], new Map([[x, new Float32Array(4)]])),
    /RangeError: Cannot write 16 bytes to x: it holds 12/,
  );
});

Deno.test("packCodes: every code in every column count comes back, padding is zero", () => {
  const random = uniform(1);
  for (const columns of [1, 2, 3, 4, 5, 63, 64, 65]) {
    const rows = 256;
    const codes = Int8Array.from(
      { length: rows * columns },
      (_, i) => i % columns === 0 ? i / columns - 128 : Math.floor(random() * 256) - 128,
    );
    const words = packCodes(codes, columns);
    assert.equal(words.length, rows * Math.ceil(columns / 4));
    assert.deepEqual(unpackCodes(words, columns), codes);
    const bytes = new Int8Array(words.buffer);
    const stride = Math.ceil(columns / 4) * 4;
    assert.ok(bytes.every((code, i) => i % stride < columns || code === 0));
  }
});

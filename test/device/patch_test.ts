import assert from "node:assert/strict";
import { applyPatch, makePatch } from "../../src/device/cpu/patch.ts";
import { Random } from "../../src/random.ts";

function bytesOf(length: number, seed: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.integer(256));
}

/** Bytes that others become by changes in many places. */
function changed(base: Uint8Array): Uint8Array {
  return Uint8Array.of(
    ...base.subarray(300, 700),
    ...[1, 2, 3],
    ...base.subarray(0, 200),
    ...base.subarray(700),
    ...bytesOf(150, 3),
  );
}

Deno.test("a patch of bytes makes the others", () => {
  const base = bytesOf(1000, 1);
  const others = [base, changed(base), bytesOf(500, 2), new Uint8Array(), base.subarray(0, 3)];
  for (const bytes of others) {
    assert.deepEqual([...applyPatch(base, makePatch(base, bytes))], [...bytes]);
  }
  assert.deepEqual([...applyPatch(new Uint8Array(), makePatch(new Uint8Array(), base))], [...base]);
});

Deno.test("a patch is as long as what is new", () => {
  const base = bytesOf(1000, 1);
  assert.ok(makePatch(base, base).length < 10);
  const { length } = makePatch(base, changed(base));
  assert.ok(length > 150 && length < 180, `${length} bytes`);
});

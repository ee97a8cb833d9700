import assert from "node:assert/strict";
import { Sha256, sha256Hex } from "../../src/files/sha256.ts";

Deno.test("sha256Hex gives the published values", async () => {
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  assert.equal(await sha256Hex(""), empty);
  assert.equal(await sha256Hex(new Uint8Array(0)), empty);
  assert.equal(
    await sha256Hex("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("Sha256 gives the same in parts of any length", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) >> 3);
  // Lengths around those where the padding needs a further block.
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const data = bytes.slice(0, length);
    const expected = await sha256Hex(data);
    assert.equal(new Sha256().update(data).hex(), expected, `${length} bytes`);
    const hash = new Sha256();
    for (let at = 0; at < length; at += 37) hash.update(data.subarray(at, at + 37));
    assert.equal(hash.hex(), expected, `${length} bytes in parts`);
  }
});

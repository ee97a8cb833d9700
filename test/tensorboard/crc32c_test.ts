import assert from "node:assert/strict";
import { crc32c, maskedCrc32c } from "../../src/tensorboard/crc32c.ts";
import { maskedChecksum } from "./event_reader.ts";

Deno.test("crc32c gives the values of RFC 3720", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(ascending), 0x46dd794e);
  assert.equal(crc32c(ascending.toReversed()), 0x113fdb5c);
  assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array()), 0);
});

Deno.test("the mask is the one the reader expects", () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => index * 37 + length);
    assert.equal(maskedCrc32c(bytes), maskedChecksum(bytes));
  }
});

import assert from "node:assert/strict";
import { findDuplicateKey } from "../../src/files/json_keys.ts";

Deno.test("findDuplicateKey finds a key that occurs twice in one object", () => {
  assert.equal(findDuplicateKey('{"a":1,"b":{"c":2,"c" : 3}}'), "c");
  assert.equal(findDuplicateKey('[{"a":1},{"b":1,"b":1}]'), "b");
  assert.equal(findDuplicateKey('{"q\\"":1,"q\\u0022":2}'), 'q"');
});

Deno.test("findDuplicateKey is not misled by values, nesting or braces in strings", () => {
  assert.equal(findDuplicateKey('{"a":"b","b":"a","c":["a","a"]}'), undefined);
  assert.equal(findDuplicateKey('{"a":{"a":{"a":1}},"b":{"a":1}}'), undefined);
  assert.equal(findDuplicateKey('{"{":"}","a":"\\"a\\":","}":"{"}'), undefined);
  assert.equal(findDuplicateKey("[]"), undefined);
});

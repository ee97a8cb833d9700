import assert from "node:assert/strict";
import { isSameJson } from "../../../src/data/tokenizers/same_json.ts";

Deno.test("JSON is the same whatever the order of its fields", () => {
  assert.ok(
    isSameJson({ a: 1, b: [null, "c", { d: true }] }, { b: [null, "c", { d: true }], a: 1 }),
  );
});

Deno.test("JSON differs in values, fields, order of items and kind", () => {
  const pairs: [unknown, unknown][] = [
    [1, 2],
    [1, "1"],
    [null, {}],
    [[], {}],
    [[1, 2], [2, 1]],
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: { b: 1 } }, { a: { b: 2 } }],
  ];
  for (const [a, b] of pairs) assert.ok(!isSameJson(a, b), JSON.stringify([a, b]));
});

import assert from "node:assert/strict";
import { slowPattern } from "../../../src/data/tokenizers/slow_patterns.ts";

Deno.test("patterns that take forever are found, others pass", async () => {
  const quick = [
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
    "\\w+|[^\\w\\s]+",
    "\\s|-|e",
    "(?i:'s|'t)|[^\\r\\n\\p{L}]?\\p{L}+",
  ];
  assert.equal(await slowPattern(quick), undefined);
  const slow = ["(a|a)*b", "(x+x+)+y", "(\\w+\\s?)*\\$", "([a-zA-Z]+)*\\d", "^(\\p{L}+)+$"];
  const found = await Promise.all(slow.map((pattern) => slowPattern([quick[0], pattern])));
  assert.deepEqual(found, slow);
});

import assert from "node:assert/strict";
import { nearestName } from "../../src/data/nearest_name.ts";

Deno.test("nearestName finds what was meant, and nothing where nothing is near", () => {
  const names = ["shakespeare", "gutenberg", "mnist"];
  assert.equal(nearestName("Shakespear", names), "shakespeare");
  assert.equal(nearestName("gutenburg", names), "gutenberg");
  assert.equal(nearestName("minst", names), undefined);
  assert.equal(nearestName("mnst", names), "mnist");
  assert.equal(nearestName("wikitext", names), undefined);
  assert.equal(nearestName("x", []), undefined);
});

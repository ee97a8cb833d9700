import assert from "node:assert/strict";
import { nearestName } from "../src/nearest_name.ts";

Deno.test("the nearest candidate is found whatever the spelling", () => {
  const candidates = ["weight-decay", "warmup", "lr", "steps"];
  assert.equal(nearestName("weigth-decay", candidates), "weight-decay");
  assert.equal(nearestName("weightDecay", candidates), "weight-decay");
  assert.equal(nearestName("WARM_UP", candidates), "warmup");
  assert.equal(nearestName("step", candidates), "steps");
  assert.equal(nearestName("rl", candidates), "lr");
});

Deno.test("what resembles nothing gets no suggestion", () => {
  assert.equal(nearestName("banana", ["weight-decay", "lr"]), undefined);
  assert.equal(nearestName("x", ["lr", "y"]), undefined);
  assert.equal(nearestName("", ["lr", "y"]), undefined);
});

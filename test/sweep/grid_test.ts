import assert from "node:assert/strict";
import { gridPoints, runId } from "../../src/sweep/grid.ts";

Deno.test("a grid has every combination once, those of the first seed first", () => {
  const points = gridPoints({ bits: [1, 32], seed: [7, 8], lr: [0.1] });
  assert.deepEqual(points, [
    { seed: 7, bits: 1, lr: 0.1 },
    { seed: 7, bits: 32, lr: 0.1 },
    { seed: 8, bits: 1, lr: 0.1 },
    { seed: 8, bits: 32, lr: 0.1 },
  ]);
});

Deno.test("the name of a run says what it is and is a file name", () => {
  const settings = { bits: 1.58, seed: 2, data: "/some where/my text.txt", lr: 1e-4, clip: 1 };
  assert.equal(
    runId(settings, ["data", "lr", "seed"], new Set()),
    "bits-1.58_data-my-text.txt_lr-0.0001_seed-2",
  );
  const taken = new Set(["bits-1.58_seed-2", "bits-1.58_seed-2-2"]);
  assert.equal(runId(settings, [], taken), "bits-1.58_seed-2-3");
});

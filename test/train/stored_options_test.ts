import assert from "node:assert/strict";
import { trainingOptions } from "../../src/train/options.ts";
import { storedData, storedTraining } from "../../src/train/stored_options.ts";

const data = { name: "a", source: "b", sha256: "c" };

Deno.test("what a run has written is read as it was", () => {
  const options = trainingOptions({ steps: 7, earlyStop: 3 });
  assert.deepEqual(storedTraining(JSON.parse(JSON.stringify(options)), "c.json"), options);
  // Written before an option was there, it takes the default.
  assert.deepEqual(storedTraining({}, "c.json"), trainingOptions());
  const images = { ...data, augment: "none", mean: [0.1], std: [0.2], rows: null, joinRows: true };
  assert.deepEqual(storedData(images, "c.json"), images);
});

Deno.test("fields of other types are refused by name", () => {
  const training = (json: unknown, message: RegExp) =>
    assert.throws(() => storedTraining(json, "c.json"), { name: "InputError", message });
  training([], /training is \[\], it must be an object/);
  training(null, /training is null/);
  training({ steps: "7" }, /training\.steps is "7", it must be a number/);
  training({ steps: null }, /training\.steps is null/);
  training({ schedule: 5 }, /training\.schedule is 5, it must be a string/);
  training({ tuner: [1] }, /training\.tuner is \[1\]/);
  training({ momentum: 0.9 }, /training\.momentum is 0\.9, this version does not know the field/);
  const stored = (change: Record<string, unknown>, message: RegExp) =>
    assert.throws(() => storedData({ ...data, ...change }, "c.json"), {
      name: "InputError",
      message,
    });
  stored({ sha256: 5 }, /data\.sha256 is 5, it must be a text/);
  stored({ mean: [null] }, /data\.mean is \[null\]/);
  stored({ mean: "0.5" }, /data\.mean is "0\.5", it must be a list of numbers/);
  stored({ std: [0] }, /data\.std is \[0\], it must be a list of numbers above 0/);
  stored({ extra: {} }, /data\.extra is \{\}/);
});

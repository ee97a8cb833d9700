import assert from "node:assert/strict";
import { measureCeilings } from "../../src/bench/ceilings.ts";
import { chooseClock, type Clock, measureDispatches, median } from "../../src/bench/measure.ts";
import { randomCodes, randomFloats, randomIds } from "../../src/bench/random_leaves.ts";
import { add } from "../../src/tensor/add.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { input } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";

Deno.test("median: the middle value, or the mean of the two in the middle", () => {
  assert.equal(median([7]), 7);
  assert.equal(median([100, 2, 3]), 3);
  assert.equal(median([4, 1, 100, 2]), 3);
});

for (const clock of ["timestamps", "replays", "wall"] satisfies Clock[]) {
  deviceTest(
    `measureDispatches: every dispatch of a plan takes some time [${clock}]`,
    async (device) => {
      if (clock !== "wall" && await chooseClock(device) !== clock) return;
      const x = input("x", [1000]);
      const plan = makePlan([add(add(x, x), x)]);
      for (const spreadBytes of [0, 100_000]) {
        const options = { clock, repeats: 4, minMs: 0, spreadBytes };
        const measured = await measureDispatches(device, plan, options);
        assert.deepEqual(measured.map(({ dispatch }) => dispatch), [...plan.dispatches]);
        for (const { ms, repeats } of measured) {
          assert.ok(ms > 0 && ms < 1000, `${ms} ms`);
          assert.ok(repeats >= (spreadBytes > 0 ? 8 : 4), `${repeats} repeats`);
        }
      }
    },
  );
}

deviceTest(
  "measureDispatches: with timestamps, rounds are added until the time is up",
  async (device) => {
    if (await chooseClock(device) !== "timestamps") return;
    const x = input("x", [1000]);
    const options = { clock: "timestamps", repeats: 4, minMs: 100 } as const;
    const [{ repeats }] = await measureDispatches(device, makePlan([add(x, x)]), options);
    assert.ok(repeats > 4 && repeats % 4 === 0, `${repeats} repeats`);
  },
);

deviceTest("measureCeilings: both are finite and positive", async (device) => {
  const clock = await chooseClock(device);
  const ceilings = await measureCeilings(device, { clock, repeats: 1, minMs: 0 });
  for (const [name, value] of Object.entries(ceilings)) {
    assert.ok(value > 0 && Number.isFinite(value), `${name} is ${value}`);
  }
});

Deno.test("random leaves: the whole array is filled, within its range", () => {
  const content = (value: ReturnType<typeof randomFloats>) => value.location!.buffer.initial!;
  const floats = content(randomFloats("x", [3, 70_000])) as Float32Array;
  assert.ok(floats.every((value) => value >= -1 && value < 1));
  assert.ok(floats.filter((value) => value === 0).length < 10);
  const ids = content(randomIds("ids", [70_000], 5)) as Int32Array;
  assert.deepEqual([...new Set(ids)].sort(), [0, 1, 2, 3, 4]);
  const { codes, scales } = randomCodes("w", [70_000, 5], 1);
  const words = content(codes) as Uint32Array;
  const bytes = new Int8Array(words.buffer);
  assert.deepEqual([...new Set(bytes)].sort(), [-1, 0, 1]);
  assert.ok(bytes.every((code, i) => i % 8 < 5 || code === 0), "padding is zero");
  assert.deepEqual(scales.shape, [70_000]);
});

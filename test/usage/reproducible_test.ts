import assert from "node:assert/strict";
import { assertSameRun, programDeviceTest } from "./program.ts";

const FLAGS = ["--steps", "8", "--eval-every", "3", "--save-every", "4", "--log-every", "1"];

programDeviceTest(
  "two runs with one seed are equal bit for bit, another seed differs",
  async (place, device) => {
    const flags = [...FLAGS, "--device", device];
    const samples = ["--sample-every", "8"];
    await Promise.all([
      place.train("a", ...flags, ...samples),
      place.train("b", ...flags, ...samples),
    ]);
    const first = await place.essence("a");
    assertSameRun(await place.essence("b"), first);
    assert.notEqual(first.get("samples.txt"), "none");

    await place.train("c", ...flags, "--seed", "1");
    const other = await place.essence("c");
    for (const part of ["metrics", "model.safetensors", "optimizer.safetensors", "state.json"]) {
      assert.notDeepEqual(other.get(part), first.get(part), part);
    }
  },
);

programDeviceTest(
  "dropout and accumulated gradients are as reproducible",
  async (place, device) => {
    const flags = [
      ...FLAGS,
      "--device",
      device,
      "--dropout",
      "0.2",
      "--accumulate",
      "2",
      "--seed",
      "5",
    ];
    await Promise.all([place.train("a", ...flags), place.train("b", ...flags)]);
    assertSameRun(await place.essence("b"), await place.essence("a"));
    await place.train("c", ...flags, "--dropout", "0.3");
    assert.notDeepEqual(await place.metrics("c"), await place.metrics("a"));
  },
);

import assert from "node:assert/strict";
import { CpuMemory } from "../../src/device/cpu/memory.ts";
import { loadKernels } from "../../src/device/cpu/module.ts";
import { layOutProgram } from "../../src/device/cpu/program.ts";
import { controlBytes, instantiate } from "../../src/device/cpu/threads.ts";
import { add } from "../../src/tensor/add.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { input } from "../../src/tensor/value.ts";

const THREADS = 3;
const COUNT = 50_000;
/** Sums, each of the one before it and x. */
const PHASES = 4;

/** A program that a test runs as one thread of {@link THREADS}: the others never come. */
async function sums() {
  const memory = new CpuMemory(true);
  const { module, names } = await loadKernels(true);
  const kernels = instantiate(module, memory.memory, names);
  const firstIndex = kernels.table.length - names.length;
  const x = input("x", [COUNT]);
  const y = input("y", [COUNT]);
  const [dispatch] = makePlan([add(y, x)]).dispatches;
  // In place, so that a chunk that is done twice, or before its turn, gives another sum.
  const inPlace = { ...dispatch, writes: [dispatch.reads[0]!] };
  const dispatches = Array.from({ length: PHASES }, () => inPlace);
  const layout = layOutProgram({ dispatches, slots: [], state: [] }, THREADS);
  assert.ok(layout.phases.every(({ shared }) => shared));
  const control = memory.allocate(controlBytes(THREADS), "control");
  const counters = control + 64;
  const program = memory.allocate(layout.byteLength, "program");
  const addresses = ["x", "y"].map((label) => memory.allocate(4 * COUNT, label));
  layout.write(new DataView(memory.memory.buffer), program, {
    step: 0,
    scratch: 0,
    addressOf: ({ buffer }) => addresses[buffer === inPlace.writes[0].buffer ? 1 : 0],
    functionIndex: (entry) => firstIndex + names.indexOf(entry),
  });
  const floats = (address: number) => new Float32Array(memory.memory.buffer, address, COUNT);
  floats(addresses[0]).fill(1);
  return {
    /** Whether every element of y is this. */
    isEverywhere: (value: number) => floats(addresses[1]).every((one) => one === value),
    reset: (generation: number) =>
      kernels.reset(program, layout.phases.length, generation, counters, THREADS),
    run: (generation: number, thread: number) =>
      kernels.run(program, PHASES, generation, thread, counters, THREADS, control, 1) !== 0,
  };
}

Deno.test("run: a thread does the parts of all that do not come, each chunk once", async () => {
  for (let thread = 0; thread < THREADS; thread++) {
    const { reset, run, isEverywhere } = await sums();
    reset(1);
    assert.ok(run(1, thread));
    assert.ok(isEverywhere(PHASES));
  }
});

Deno.test("run: whoever comes late, or in a generation that is over, finds nothing to do", async () => {
  const { reset, run, isEverywhere } = await sums();
  for (const [index, generation] of [1, 2, 3].entries()) {
    reset(generation);
    assert.ok(run(generation, 0));
    for (const late of [generation, generation - 1]) assert.ok(run(late, 1));
    assert.ok(isEverywhere((index + 1) * PHASES));
  }
});

Deno.test("run: generations wrap around", async () => {
  const { reset, run, isEverywhere } = await sums();
  const ends = [2 ** 23, 2 ** 24, 2 ** 31, 2 ** 32];
  const generations = ends.flatMap((end) => [-2, -1, 0, 1, 2].map((offset) => (end + offset) | 0));
  for (const [index, generation] of generations.entries()) {
    reset(generation);
    assert.ok(run(generation, index % THREADS));
    assert.ok(run((generation - 1) | 0, (index + 1) % THREADS));
    assert.ok(isEverywhere((index + 1) * PHASES), `generation ${generation}`);
  }
});

Deno.test("layOutProgram: what a thread does alone in the time that it takes to wake another is not shared", () => {
  const layOut = (lengths: readonly number[]) => {
    const results = lengths.map((length) => add(input("a", [length]), input("b", [length])));
    return layOutProgram(makePlan(results), THREADS).phases.map(({ shared }) => shared);
  };
  assert.deepEqual(layOut([20_000]), [false]);
  assert.deepEqual(layOut([60_000]), [true]);
  // Awake anyway, the others help with less, but not with next to nothing.
  assert.deepEqual(layOut([20_000, 60_000, 100]), [true, true, false]);
});

import assert from "node:assert/strict";
import { parseFlags } from "../../../src/cli/flags/arguments.ts";
import { kebabCase } from "../../../src/cli/flags/flag_name.ts";
import { planSweep, settingLists, type SweepPlan } from "../../../src/cli/sweep/sweep_plan.ts";

async function plan(...args: string[]): Promise<SweepPlan> {
  const flags = await parseFlags("sweep", args);
  return await planSweep(settingLists(flags), new Set([...flags.given].map(kebabCase)));
}

Deno.test("a plan has the runs that are possible, and says once what is not", async () => {
  const { runs, notes } = await plan(
    ...["--bits", "1,1.58,32", "--scheme", "sign,absmean", "--seed", "0,1", "--steps", "5"],
  );
  assert.deepEqual(runs.map(({ id }) => id), [
    ...["bits-1_scheme-sign_seed-0", "bits-1.58_scheme-absmean_seed-0", "bits-32_seed-0"],
    ...["bits-1_scheme-sign_seed-1", "bits-1.58_scheme-absmean_seed-1", "bits-32_seed-1"],
  ]);
  assert.equal(notes.length, 2);
  assert.match(
    notes[0],
    /^Skipped 4 of 12 combinations: .* absmean at 1 bits: .* are sign, lsq, seq; /,
  );
  assert.match(notes[1], /32 bits/);
  const [first, , float] = runs;
  assert.deepEqual(first.settings, { bits: 1, scheme: "sign", seed: 0 });
  assert.equal(first.options.steps, 5);
  assert.equal(first.config.training.steps, 5);
  assert.deepEqual(float.settings, { bits: 32, seed: 0 });
  assert.equal(float.scheme, "none");
});

Deno.test("flags with one value are in no name, and defaults are left to train", async () => {
  const { runs, notes } = await plan("--lr", "0.1,0.2", "--dim", "64");
  assert.deepEqual(notes, []);
  assert.deepEqual(runs.map(({ id, settings }) => [id, settings]), [
    ["bits-1.58_lr-0.1_seed-0", { lr: 0.1 }],
    ["bits-1.58_lr-0.2_seed-0", { lr: 0.2 }],
  ]);
  assert.deepEqual(runs[0].args.toSorted(), [
    ...["--bits=1.58", "--dim=64", "--lr=0.1", "--seed=0"],
  ]);
  assert.equal(runs[0].scheme, "absmean");
});

Deno.test("float runs that would differ only in quantization are one run", async () => {
  const { runs } = await plan("--bits", "1.58,32", "--granularity", "tensor,row");
  assert.deepEqual(runs.map(({ id }) => id), [
    "bits-1.58_granularity-tensor_seed-0",
    "bits-1.58_granularity-row_seed-0",
    "bits-32_seed-0",
  ]);
});

Deno.test("a grid with nothing in it, or a shape that no model has, is refused", async () => {
  await assert.rejects(
    plan("--bits", "1", "--scheme", "absmean"),
    /^InputError: Cannot sweep over a grid with nothing in it: .*absmean at 1 bits: .* are sign, lsq, seq$/,
  );
  await assert.rejects(plan("--bits", "32", "--scheme", "sign"), /a grid with nothing in it/);
  await assert.rejects(plan("--dim", "64,65"), /width 65 .*over 4 heads/);
});

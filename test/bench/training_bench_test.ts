import assert from "node:assert/strict";
import { chooseClock } from "../../src/bench/measure.ts";
import { measureGeneration, measureTraining } from "../../src/bench/training_bench.ts";
import { deviceTest } from "../devices.ts";
import { tinyConfig } from "../tiny_text.ts";

deviceTest("measureTraining: times a step and finds where it goes", async (device) => {
  const effort = { clock: await chooseClock(device), budgetMs: 0, profileMs: 0 };
  const model = { config: tinyConfig({ layers: 2 }), batch: 2 };
  const report = await measureTraining(device, "tiny", model, effort);
  const rates = [report.ms_per_step, report.issue_us_per_dispatch ?? 1, report.tokens_per_second];
  assert.equal(report.issue_us_per_dispatch === null, device.description.backend === "cpu");
  for (const value of rates) assert.ok(value > 0 && Number.isFinite(value), `${value}`);
  assert.deepEqual(report.created, { steps: 10, buffers: 0, bind_groups: 0, pipelines: 0 });
  const { step, block_forward, block_backward, rest } = report.dispatches;
  assert.equal(2 * (block_forward + block_backward) + rest, step);
  if (effort.clock === "wall") return;
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  assert.equal(sum(report.kernels.map(({ dispatches }) => dispatches)), step);
  assert.ok(Math.abs(sum(report.kernels.map(({ share }) => share)) - 1) < 1e-9);
  assert.ok(report.kernels.every(({ ms }, i, all) => i === 0 || ms <= all[i - 1].ms));
});

deviceTest("measureGeneration: gives a rate", async (device) => {
  const { tokens, tokens_per_second } = await measureGeneration(device, tinyConfig(), 3);
  assert.equal(tokens, 3);
  assert.ok(tokens_per_second > 0 && Number.isFinite(tokens_per_second));
});

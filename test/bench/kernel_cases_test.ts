import assert from "node:assert/strict";
import { kernels } from "../../kernels/kernels.ts";
import { measureCase, measureCopy } from "../../src/bench/kernel_bench.ts";
import {
  blockLinearCases,
  type KernelCase,
  matmulCases,
  type ModelSize,
  otherCases,
} from "../../src/bench/kernel_cases.ts";
import { chooseClock } from "../../src/bench/measure.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { deviceTest } from "../devices.ts";
import { tinyConfig } from "../tiny_text.ts";

const tiny: ModelSize = { config: tinyConfig(), batch: 2 };

const cases: KernelCase[] = [
  ...matmulCases(5, 6, 7),
  ...blockLinearCases(tiny),
  ...otherCases(tiny, 1 << 27),
];

Deno.test("kernel cases: every kernel is measured", () => {
  const measured = cases.flatMap(({ build }) => makePlan(build()).dispatches)
    .map(({ kernel }) => kernel.name);
  const named = kernels.map(({ name }) => name).filter((name) => !name.startsWith("ceiling_"));
  assert.deepEqual([...new Set(measured)].sort(), named);
});

Deno.test("kernel cases: a product says its size, M×N×K", () => {
  for (const { use, size, build } of [...matmulCases(5, 6, 7), ...blockLinearCases(tiny)]) {
    const plan = makePlan(build());
    assert.equal(plan.dispatches.length, 1, use);
    const { M, N, K } = plan.dispatches[0].constants;
    assert.equal(size, `${M}×${N}×${K}`, use);
    assert.equal(plan.dispatches[0].flops, 2 * M * N * K, use);
  }
});

Deno.test("kernel cases: the products of a block are those of its forward and backward pass", () => {
  const multiplications = blockLinearCases(tiny)
    .map(({ size }) => size.split("×").reduce((product, n) => product * Number(n), 1))
    .reduce((a, b) => a + b);
  const { hiddenSize: C, intermediateSize: F, maxPositions } = tiny.config;
  assert.equal(multiplications, 3 * tiny.batch * maxPositions * (4 * C * C + 3 * C * F));
});

deviceTest("measureCase: every number of every kernel is finite and positive", async (device) => {
  const ceilings = { fma_gflops: 100, copy_gb_per_s: 10, copy_bytes: 1, repeats: 1 };
  const options = { clock: await chooseClock(device), repeats: 1, minMs: 0 };
  for (const one of cases.filter(({ use }) => /^(A·Bᵀ|cross entropy)$/.test(use))) {
    for (const report of await measureCase(device, one, ceilings, options)) {
      const { ms, bytes, flops } = report;
      for (const value of [ms, bytes, flops]) assert.ok(value > 0 && Number.isFinite(value));
      assert.equal(report.gflops, flops / ms / 1e6);
      assert.equal(report.fma_share, report.gflops / 100);
      assert.equal(report.copy_share, report.gb_per_s / 10);
      assert.ok(report.repeats >= 1);
    }
  }
});

deviceTest("measureCopy: a matrix counts twice, read and written", async (device) => {
  const ceilings = { fma_gflops: 100, copy_gb_per_s: 10, copy_bytes: 1, repeats: 1 };
  const options = { clock: await chooseClock(device), repeats: 1, minMs: 0 };
  const [{ use, size, bytes, ms, copy_share }] = await measureCopy(
    device,
    [30, 64],
    ceilings,
    options,
  );
  assert.deepEqual([use, size, bytes], ["copy", "30×64", 2 * 4 * 30 * 64]);
  assert.equal(copy_share, bytes / ms / 1e6 / 10);
});

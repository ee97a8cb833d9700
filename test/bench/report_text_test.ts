import assert from "node:assert/strict";
import type { KernelReport, TrainingReport } from "../../src/bench/report.ts";
import {
  breakdownText,
  ceilingsText,
  generationText,
  kernelsText,
  matmulText,
  trainingText,
} from "../../src/bench/report_text.ts";

const kernel: KernelReport = {
  kernel: "attention_backward_key_value",
  use: "query, key, value, forward",
  size: "16384×1024×2048",
  ms: 12345.6,
  repeats: 20,
  flops: 1e12,
  bytes: 1e9,
  gflops: 12345.6,
  fma_share: 0.1234,
  gb_per_s: 1234.5,
  copy_share: 1.234,
};

const training: TrainingReport = {
  name: "larger ternary",
  weight_bits: 1.58,
  activation_bits: 8,
  layers: 6,
  dim: 384,
  ffn: 1024,
  heads: 6,
  vocabulary: 65,
  context: 256,
  batch: 64,
  parameters: 10_000_000,
  ms_per_step: 1234.5,
  batches: 5,
  steps_per_batch: 20,
  one_thread_ms_per_step: null,
  tokens_per_second: 1_234_567,
  dispatches: { step: 164, block_forward: 10, block_backward: 15, rest: 14 },
  issue_us_per_dispatch: 5.43,
  created: { steps: 100, buffers: 0, bind_groups: 0, pipelines: 0 },
  memory: { slots_bytes: 12e9, state_bytes: 3e9, process_bytes: 1e8 },
  kernels: [{ kernel: "matmul_codes", dispatches: 32, ms: 800, share: 0.66 }],
};

Deno.test("report text: no line is wider than 100 columns", () => {
  const ceilings = { fma_gflops: 60_000, copy_gb_per_s: 3000, copy_bytes: 2 ** 29, repeats: 1000 };
  const texts = (["timestamps", "replays", "wall"] as const).flatMap((clock) => [
    ceilingsText(ceilings, clock),
    matmulText([kernel], clock),
    kernelsText([{ ...kernel, use: "SwiGLU, norm, 8 bits", size: "768×1024" }], clock),
  ]);
  texts.push(
    trainingText([training, training, training, training]),
    breakdownText(training),
    breakdownText({ ...training, kernels: [] }),
    generationText({ context: 64, tokens: 64, tokens_per_second: 1234 }),
  );
  for (const line of texts.flat()) assert.ok(line.length <= 100, line);
});

Deno.test("report text: says what the times are a statistic of", () => {
  const reports = [kernel, { ...kernel, repeats: 7 }];
  assert.match(matmulText(reports, "timestamps")[0], /median of at least 7 dispatches/);
  assert.match(kernelsText(reports, "wall")[0], /mean of at least 7 dispatches by wall clock/);
  assert.match(trainingText([training]).join("\n"), /median of batches × steps +5 × 20\n/);
});

/**
 * The parts of a report as text, no wider than 100 columns.
 *
 * @module
 */
import type { Clock } from "./measure.ts";
import type {
  CeilingsReport,
  GenerationReport,
  KernelReport,
  PeerReport,
  TrainingReport,
} from "./report.ts";
import { mebibytes, percent, renderTable, significant } from "./table.ts";

/** The measured limits of the device. */
export function ceilingsText(ceilings: CeilingsReport, clock: Clock): string[] {
  const { fma_gflops, copy_gb_per_s, copy_bytes } = ceilings;
  return [
    `Ceilings (${statistic(clock, [ceilings])})`,
    ...renderTable([{ header: "", left: true }, { header: "" }, { header: "", left: true }], [
      ["multiply-adds in registers", significant(fma_gflops), "GFLOP/s"],
      [`copy, ${mebibytes(copy_bytes)} read and written`, significant(copy_gb_per_s), "GB/s"],
    ]).slice(1),
  ];
}

/** Matrix products. Where codes are multiplied the operations are integer ones. */
export function matmulText(reports: readonly KernelReport[], clock: Clock): string[] {
  const columns = [...kernelColumns("M×N×K"), { header: "GOP/s" }, { header: "of FMA" }];
  return [
    `Matrix multiply (${statistic(clock, reports)})`,
    ...renderTable(
      columns,
      reports.map((r) => [...kernelCells(r), significant(r.gflops), percent(r.fma_share)]),
    ),
  ];
}

/** The other kernels, most of them bound by memory: every operand counts once. */
export function kernelsText(reports: readonly KernelReport[], clock: Clock): string[] {
  const columns = [...kernelColumns("size"), { header: "GB/s" }, { header: "of copy" }];
  return [
    `Other kernels (${statistic(clock, reports)})`,
    ...renderTable(
      columns,
      reports.map((r) => [...kernelCells(r), significant(r.gb_per_s), percent(r.copy_share)]),
    ),
  ];
}

const kernelColumns = (size: string) => [
  { header: "kernel", left: true },
  { header: "use", left: true },
  { header: size, left: true },
  { header: "ms" },
];

const kernelCells = ({ kernel, use, size, ms }: KernelReport) => [
  kernel,
  use,
  size,
  significant(ms),
];

function statistic(clock: Clock, reports: readonly { readonly repeats: number }[]): string {
  const repeats = Math.min(...reports.map((report) => report.repeats));
  if (clock === "timestamps") return `ms: median of at least ${repeats} dispatches`;
  if (clock === "replays") return `ms: median over replays of at least ${repeats} dispatches`;
  return `ms: mean of at least ${repeats} dispatches by wall clock`;
}

/** One row per model; ms are medians. */
export function peersText(reports: readonly PeerReport[]): string[] {
  if (reports.length === 0) return [];
  const threads = reports[0].bittext.map((time) => time.threads);
  const headers = (program: string) =>
    threads.map((count) => ({ header: `${program}, ${count} thread${count === 1 ? "" : "s"}` }));
  return [
    `Training step, ms, beside ${reports[0].peer} (median of ${reports[0].rounds} turns)`,
    ...renderTable(
      [{ header: "", left: true }, ...headers("BitText"), ...headers("PyTorch"), {
        header: "best / best",
      }],
      reports.map((r) => [
        r.name,
        ...[...r.bittext, ...r.pytorch].map(({ ms }) => significant(ms)),
        `${r.ratio.toFixed(2)} ×`,
      ]),
    ),
  ];
}

/** One column per model. */
export function trainingText(reports: readonly TrainingReport[]): string[] {
  const rows: [string, (report: TrainingReport) => string][] = [
    ["layers × width", (r) => `${r.layers} × ${r.dim}`],
    ["batch × context", (r) => `${r.batch} × ${r.context}`],
    ["parameters", (r) => r.parameters.toLocaleString("en")],
    ["ms per step", (r) => significant(r.ms_per_step)],
    ["  median of batches × steps", (r) => `${r.batches} × ${r.steps_per_batch}`],
    [
      "  on one thread",
      ({ one_thread_ms_per_step: ms }) => ms === null ? "–" : significant(ms),
    ],
    ["tokens per second", (r) => significant(r.tokens_per_second)],
    ["dispatches per step", (r) => `${r.dispatches.step}`],
    ["  per block, forward", (r) => `${r.dispatches.block_forward}`],
    ["  per block, backward", (r) => `${r.dispatches.block_backward}`],
    ["  the rest", (r) => `${r.dispatches.rest}`],
    [
      "µs of CPU to issue a dispatch",
      ({ issue_us_per_dispatch: us }) => us === null ? "–" : significant(us),
    ],
    ["created in these steps: buffers", (r) => `${r.created.buffers}`],
    ["  bind groups", (r) => `${r.created.bind_groups}`],
    ["  pipelines", (r) => `${r.created.pipelines}`],
    ["memory: intermediate values", (r) => mebibytes(r.memory.slots_bytes)],
    ["  parameters and other state", (r) => mebibytes(r.memory.state_bytes)],
    ["  the whole process", (r) => mebibytes(r.memory.process_bytes)],
  ];
  return renderTable(
    [{ header: "Training step", left: true }, ...reports.map(({ name }) => ({ header: name }))],
    rows.map(([name, cell]) => [name, ...reports.map(cell)]),
  );
}

/** Where a training step spends its time. */
export function breakdownText({ name, kernels }: TrainingReport): string[] {
  if (kernels.length === 0) return [`Kernels of a step (${name}): this adapter has no timestamps`];
  return [
    `Kernels of a step (${name})`,
    ...renderTable(
      [
        { header: "kernel", left: true },
        { header: "dispatches" },
        { header: "ms" },
        { header: "share" },
      ],
      kernels.map(({ kernel, dispatches, ms, share }) => [
        kernel,
        `${dispatches}`,
        significant(ms),
        percent(share),
      ]),
    ),
  ];
}

/** Sampling. */
export function generationText(report: GenerationReport): string[] {
  const { context, tokens, tokens_per_second } = report;
  return [
    `Generation (small ternary, context ${context}): ${significant(tokens_per_second)} tokens ` +
    `per second, mean over ${tokens}`,
  ];
}

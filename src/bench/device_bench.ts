/**
 * Measures a device: ceilings, kernels, the training step, generation.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import {
  defaultIntermediateSize,
  smallTextConfig,
  type TextConfig,
} from "../models/text/config.ts";
import { makeQuantization } from "../nn/quantization.ts";
import { measureCeilings } from "./ceilings.ts";
import { measureCase, measureCopy } from "./kernel_bench.ts";
import {
  blockLinearCases,
  type KernelCase,
  matmulCases,
  type ModelSize,
  otherCases,
} from "./kernel_cases.ts";
import { chooseClock, type MeasureOptions } from "./measure.ts";
import type { DeviceReport, KernelReport, TrainingReport } from "./report.ts";
import {
  breakdownText,
  ceilingsText,
  generationText,
  kernelsText,
  matmulText,
  trainingText,
} from "./report_text.ts";
import { measureGeneration, measureTraining } from "./training_bench.ts";

/** How to measure, and whom to tell. */
export interface DeviceBenchOptions {
  /** Fewer sizes and repetitions. */
  readonly quick: boolean;
  /** Receives the text of each part as soon as it is measured. */
  readonly onText?: (lines: readonly string[]) => void;
  /** Called with how many of all measurements are done, and what the next one is. */
  readonly onProgress?: (done: number, total: number, next: string) => void;
}

/** Characters of Shakespeare's plays. */
const VOCABULARY = 65;

const float = makeQuantization({ weightBits: 32 });

/** The configuration that comparisons mean. */
export const small: ModelSize = {
  config: { ...smallTextConfig, vocabSize: VOCABULARY },
  batch: 12,
};

function sized(layers: number, hiddenSize: number, context: number, batch: number): ModelSize {
  const config: TextConfig = {
    ...small.config,
    layers,
    hiddenSize,
    intermediateSize: defaultIntermediateSize(hiddenSize),
    heads: hiddenSize / 64,
    keyValueHeads: hiddenSize / 64,
    maxPositions: context,
  };
  return { config, batch };
}

/** A model that takes about ten times as long. */
export const medium: ModelSize = sized(6, 256, 128, 16);
/** What a kernel meets in a model of tens of millions of parameters. */
const wide = sized(4, 512, 256, 12);
/** A model that keeps a GPU busy. */
const larger = sized(6, 384, 256, 64);

const inFloat = ({ config, batch }: ModelSize): ModelSize => ({
  config: { ...config, quantization: float },
  batch,
});

/** Measures everything. */
export async function benchDevice(
  device: Device,
  { quick, onText = () => {}, onProgress = () => {} }: DeviceBenchOptions,
): Promise<DeviceReport> {
  const { backend, name, software, maxBindingBytes } = device.description;
  const gpu = backend === "webgpu" && !software;
  const brief = quick && !gpu;
  const matmuls = [
    ...(gpu ? [512, 1024, 2048] : [512]).flatMap((n) => matmulCases(n, n, n)),
    ...matmulCases(45, 65, 33),
    ...matmulCases(768, 384, 128),
    ...blockLinearCases(small),
  ];
  const others = (brief ? [small] : [small, wide])
    .map((size) => ({ size, cases: otherCases(size, maxBindingBytes) }));
  const models: [string, ModelSize][] = [["small ternary", small]];
  if (!brief) models.push(["small float", inFloat(small)]);
  if (gpu) models.push(["larger ternary", larger], ["larger float", inFloat(larger)]);

  let done = 0;
  const otherCount = others.reduce((sum, { cases }) => sum + 1 + cases.length, 0);
  const total = 1 + matmuls.length + otherCount + models.length + 1;
  const begin = (label: string) => onProgress(done++, total, label);

  begin("ceilings");
  const clock = await chooseClock(device);
  const options = { clock, repeats: brief ? 7 : 20, minMs: quick ? 0 : 100 };
  const ceilings = await measureCeilings(device, options);
  onText([`${name}${software ? " (software)" : ""}, ${backend}`]);
  onText(ceilingsText(ceilings, clock));

  const measureCases = async (cases: readonly KernelCase[], options: MeasureOptions) => {
    const reports: KernelReport[] = [];
    for (const one of cases) {
      begin(one.use);
      reports.push(...await measureCase(device, one, ceilings, options));
    }
    return reports;
  };
  const matmul = await measureCases(matmuls, options);
  onText(matmulText(matmul, clock));
  // What is compared with a copy in memory must not lie in a cache. An emulated GPU is far from either.
  const fromMemory = { ...options, spreadBytes: software ? 0 : 2 * ceilings.copy_bytes };
  const kernels: KernelReport[] = [];
  for (const { size: { config, batch }, cases } of others) {
    begin("copy");
    const matrix = [batch * config.maxPositions, config.hiddenSize] as const;
    kernels.push(...await measureCopy(device, matrix, ceilings, fromMemory));
    kernels.push(...await measureCases(cases, fromMemory));
  }
  onText(kernelsText(kernels, clock));

  const effort = { clock, budgetMs: quick ? 3_000 : 15_000, profileMs: quick ? 0 : 2_000 };
  const training: TrainingReport[] = [];
  for (const [name, model] of models) {
    begin(name);
    training.push(await measureTraining(device, name, model, effort));
  }
  onText(trainingText(training));
  for (const report of training) onText(breakdownText(report));

  begin("generation");
  const generation = await measureGeneration(device, small.config, quick ? 16 : 64);
  onText(generationText(generation));
  return { backend, name, software, clock, ceilings, matmul, kernels, training, generation };
}

/**
 * A line of `results.jsonl`: what one run of a sweep was, and what came of it.
 *
 * @module
 */
import program from "../../deno.json" with { type: "json" };
import { WorkError } from "../errors.ts";
import { modelSize } from "../models/model_size.ts";
import { runFamily } from "../runs/families.ts";
import type { RunFamily } from "../runs/family.ts";
import type { MetricsLine, RunDirectory } from "../train/run_directory.ts";
import type { Settings } from "./grid.ts";

/** What a run of a sweep is called and given. */
export interface SweptRun {
  /** Name of its directory in `runs/`. */
  readonly id: string;
  /** The flags that vary within the sweep, and what this run has. */
  readonly settings: Settings;
  /** Bits per weight. */
  readonly bits: number;
  /** The weight quantizer; `none` at 32 bits. */
  readonly scheme: string;
  /** The run's seed. */
  readonly seed: number;
}

/** How its process went. */
export interface RunCircumstances {
  /** Of the process that ended the run; a resumed run took longer in all. */
  readonly wall_seconds: number;
  /** Whether an earlier process had done a part of it. */
  readonly resumed: boolean;
  /** What computed. */
  readonly device: string;
  /** Threads of the CPU device. */
  readonly threads: number;
  /** Runs side by side. */
  readonly jobs: number;
}

/** A run that was trained to its end. Losses are means over the whole validation split. */
export interface FinishedResult extends SweptRun, RunCircumstances {
  /** Steps done. */
  readonly steps: number;
  /** Last validation loss, nats per token or image. */
  readonly loss: number;
  /** Lowest validation loss, of the weights in `model.safetensors`. */
  readonly best: { readonly step: number; readonly loss: number };
  /** Last training loss, of one batch. */
  readonly train_loss: number;
  /** Trainable numbers. */
  readonly parameters: number;
  /** Those of them that are quantized. */
  readonly quantized_parameters: number;
  /** Size with every quantized weight packed, the others in float32. */
  readonly packed_bytes: number;
  /** Size in float32. */
  readonly float_bytes: number;
  /** Time of the optimizer steps alone, all processes together. */
  readonly train_seconds: number;
  /** Version of BitText. */
  readonly version: string;
  /** What its family tells besides, such as `perplexity`, and its speed, such as `tokens_per_second`. */
  readonly [metric: string]: unknown;
}

/** A run that failed. */
export interface FailedResult extends SweptRun, RunCircumstances {
  /** Why, in one line. */
  readonly error: string;
  /** How its process ended. */
  readonly exit_code: number;
  /** Version of BitText. */
  readonly version: string;
}

/** A line of `results.jsonl`. */
export type RunResult = FinishedResult | FailedResult;

/** Whether a run failed. */
export function hasFailed(result: RunResult): result is FailedResult {
  return "error" in result;
}

/** Whether a run was trained to its end. */
export function isFinished(result: RunResult): result is FinishedResult {
  return !hasFailed(result);
}

/** The line of a run that failed. */
export function failedResult(
  run: SweptRun,
  circumstances: RunCircumstances,
  failure: { readonly error: string; readonly exit_code: number },
): FailedResult {
  return { ...run, ...circumstances, ...failure, version: program.version };
}

/**
 * The line of a finished run, from the files in its directory.
 *
 * @throws {WorkError} If the run's metrics are not those of a finished run.
 */
export async function finishedResult(
  run: SweptRun,
  circumstances: RunCircumstances,
  directory: RunDirectory,
): Promise<FinishedResult> {
  const config = await directory.readConfig();
  const lines = await directory.metrics();
  const train = lines.filter(({ split }) => split === "train");
  const evaluations = lines.filter(({ split }) => split === "val");
  const [last, lastTrain] = [evaluations.at(-1), train.at(-1)];
  if (last === undefined || lastTrain === undefined) {
    throw new WorkError(
      `Cannot read the result of ${directory.path}: metrics.jsonl has no validation line`,
    );
  }
  const best = evaluations.reduce((a, b) => b.loss < a.loss ? b : a);
  const trainSeconds = secondsOfSteps(train);
  const family = runFamily(config.family);
  const size = modelSize(family.models, config.model);
  return {
    ...run,
    steps: last.step,
    loss: last.loss,
    ...metricsOf(family, lines),
    best: { step: best.step, loss: best.loss },
    train_loss: lastTrain.loss,
    parameters: size.parameters,
    quantized_parameters: size.quantizedParameters,
    packed_bytes: size.packedBytes,
    float_bytes: size.floatBytes,
    train_seconds: trainSeconds,
    [speedMetric(family)]: Math.round(
      family.unitsPerStep(config.training) * (lastTrain.step / trainSeconds),
    ),
    ...circumstances,
    version: program.version,
  };
}

/** What `metrics.jsonl` and results call the speed of a family. */
export function speedMetric({ unit }: RunFamily): string {
  return `${unit}s_per_second`;
}

/** What the family of a run tells of it. */
function metricsOf({ results }: RunFamily, lines: readonly MetricsLine[]): Record<string, number> {
  return Object.fromEntries(results.flatMap(({ name, split, metric }) => {
    const line = lines.findLast((line) => line.split === split);
    return line ? [[name, Number(line[metric])]] : [];
  }));
}

/** Each line tells the mean time of the steps since the line before it. */
function secondsOfSteps(lines: readonly MetricsLine[]): number {
  let ms = 0;
  let step = 0;
  for (const line of lines) {
    ms += Number(line.ms_per_step) * (line.step - step);
    step = line.step;
  }
  return ms / 1000;
}

/**
 * `train`: a new run, or an old one continued.
 *
 * @module
 */
import { renameOptions } from "../../errors.ts";
import { type BegunRun, type TrainedRun, trainGiven, type TrainHooks } from "../../runs/train.ts";
import type { RunState } from "../../train/checkpoint.ts";
import { describeMemory } from "../../train/memory_estimate.ts";
import type { RunConfig } from "../../train/run_config.ts";
import { optionsOf, type ParsedFlags } from "../flags/commands.ts";
import { flagOfOption } from "../flags/flag_name.ts";
import { RunLog } from "../runs/run_log.ts";
import type { CommandContext } from "../terminal/context.ts";
import { describeEvaluation, describeMetrics, describeTuner } from "../terminal/metrics_text.ts";
import type { Progress } from "../terminal/progress.ts";
import { StageProgress, workHooks } from "../terminal/stage_progress.ts";

/** What `train --json` prints. */
export interface TrainOutcome {
  readonly run: string;
  readonly steps: number;
  readonly loss: number | null;
  readonly best: RunState["best"];
  readonly parameters: number;
  readonly finished: boolean;
  /** What the best weights reach in the test, such as `test_top1`; absent where there is none. */
  readonly [test: `test_${string}`]: number;
}

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"train">,
  context: CommandContext,
): Promise<TrainOutcome> {
  const log = new RunLog(context);
  using stages = new StageProgress(log.context);
  using text = new TrainingText(log, stages);
  try {
    return outcomeOf(await trainGiven(optionsOf(flags), text.hooks));
  } catch (error) {
    log.fail(error);
    throw error;
  }
}

function outcomeOf({ family, directory, test, ...run }: TrainedRun): TrainOutcome {
  const { steps, loss, best, parameters } = run;
  const { testMetric } = family;
  const tested = testMetric === undefined ? undefined : test?.[testMetric];
  return {
    ...{ run: directory.path, steps, loss, best },
    ...(typeof tested === "number" && { [`test_${testMetric}`]: tested }),
    ...{ parameters, finished: true },
  };
}

/** What a run says of itself, in lines and a bar. */
class TrainingText implements Disposable {
  /** What a run calls while it goes on. */
  readonly hooks: TrainHooks;
  #bar: Progress | undefined;

  constructor(log: RunLog, stages: StageProgress) {
    const { context } = log;
    let run: BegunRun;
    let sparsity = "";
    this.hooks = {
      ...workHooks(context, stages),
      onBegin: (begun) => {
        run = begun;
        stages[Symbol.dispose]();
        for (const line of introduction(begun)) context.note(line);
        this.#bar = context.progress(begun.config.training.steps, "train");
      },
      onReady: ({ logPath }, memory) => {
        log.open(logPath);
        context.note(describeMemory(memory));
      },
      onStep: ({ step, loss }) => this.#bar?.update(step, `loss ${loss.toFixed(3)}${sparsity}`),
      onQuantization: (step) => context.log(describeQuantization(step, run.config)),
      onMetrics(line) {
        if (typeof line.sparsity === "number") sparsity = ` · sparsity ${line.sparsity.toFixed(3)}`;
        context.log(describeMetrics(line, run.family, run.config.training));
      },
      onTuner: (line) =>
        describeTuner(line, run.config.training.steps).forEach((text) => context.log(text)),
      onSample: (step, text) => context.log(`--- sample at step ${step}\n${text}\n---`),
      onEnd: (ended) => context.log(ending(ended)),
      onTest: (line, family) =>
        context.log(`Test of the best weights: ${describeEvaluation(line, family)}`),
    };
  }

  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
  }
}

function introduction({ family, config, directory, ...run }: BegunRun): string[] {
  const { parameters, facts, device, step } = run;
  const [size, width, ...others] = family.models.traits(config.model);
  const traits = [[size, width].filter(Boolean).join(" of "), ...others].join(", ");
  return [
    `${traits}: ${parameters.toLocaleString("en")} parameters, ${widths(config)}`,
    ...facts,
    `${device.backend} on ${device.name}` +
    (device.software ? " (software: a GPU would be much faster)" : ""),
    (step > 0 ? `resuming ${directory.path} at step ${step}` : `run ${directory.path}`) +
    (config.init === null || step > 0 ? "" : ` from the weights of ${config.init}`),
  ];
}

function ending({ family: { unit }, directory: { path }, loss, best, ...run }: TrainedRun): string {
  if (run.wasFinished !== undefined) {
    return `${path} is finished: ${renameOptions(run.wasFinished, flagOfOption)}`;
  }
  return `${run.stoppedEarly ? "Stopped early" : "Done"} after ${run.steps} steps: ` +
    `validation loss ${loss!.toFixed(4)} nats per ${unit}, best ` +
    `${best!.loss.toFixed(4)} at step ${best!.step}, in ${path}`;
}

function describeQuantization(step: number, config: RunConfig): string {
  return `step ${step}/${config.training.steps}  quantization begins: ${widths(config)}; ` +
    "the best loss and early stopping count from here";
}

function widths({ model: { quantization: q } }: RunConfig): string {
  return `${q.weightBits}-bit weights (${q.weightQuantizer?.name ?? "float"}), ` +
    `${q.activationBits}-bit activations` +
    (q.activationScheme ? ` (${q.activationScheme})` : "");
}

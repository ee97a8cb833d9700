/**
 * `train`: a new run, or an old one continued.
 *
 * @module
 */
import { resolve } from "../../host/paths.ts";
import { openDevice } from "../../device/open_device.ts";
import { InputError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import { modelFamily } from "../../models/families.ts";
import { modelSize } from "../../models/model_size.ts";
import { loadCheckpoint, readRunState, type RunState } from "../../train/checkpoint.ts";
import { initialState } from "../../train/initial_state.ts";
import type { RunConfig } from "../../train/run_config.ts";
import { type MetricsLine, RunDirectory } from "../../train/run_directory.ts";
import { RunEvents } from "../../train/run_events.ts";
import { trainTask } from "../../train/trainer.ts";
import type { TrainingHooks } from "../../train/training_hooks.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { drawLoss } from "../runs/loss_figure.ts";
import { describeEvaluation, describeMetrics, describeTuner } from "../terminal/metrics_text.ts";
import type { OpenedTraining, PreparedTraining } from "../runs/run_preparation.ts";
import { resumedConfig } from "../runs/resume_config.ts";
import { chooseRun, newRunDirectory } from "../runs/run_choice.ts";
import { RunLog } from "../runs/run_log.ts";
import { checkConfig, prepareRun, runConfig } from "../runs/training_setup.ts";

/** What `train --json` prints. */
export interface TrainOutcome {
  readonly run: string;
  readonly steps: number;
  readonly loss: number | null;
  readonly best: RunState["best"];
  /** Share of the test images that the best weights classify rightly; absent for text. */
  readonly test_top1?: number;
  readonly parameters: number;
  readonly finished: boolean;
}

interface PreparedRun {
  readonly directory: RunDirectory;
  readonly config: RunConfig;
  readonly prepared: PreparedTraining;
  /** Checkpoint to go on from. */
  readonly checkpoint: string | undefined;
  readonly state: RunState;
  /** Whether `config.json` has to be written. */
  readonly write: boolean;
}

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"train">,
  context: CommandContext,
): Promise<TrainOutcome> {
  const log = new RunLog(context);
  try {
    return await trainRun(flags, log);
  } catch (error) {
    log.fail(error);
    throw error;
  }
}

async function trainRun(flags: ParsedFlags<"train">, log: RunLog): Promise<TrainOutcome> {
  const { context } = log;
  const started = await resumeRun(flags, context) ?? await startRun(flags, context);
  const { directory, config, prepared, state } = started;
  const done = whyFinished(config, state);
  if (done !== undefined) {
    context.log(`${directory.path} is finished: ${done}`);
    await testIfMissing(started, flags, context);
    const evaluation = await lastLine(directory, "val");
    return await outcomeOf(started, state.step, evaluation?.loss ?? null, state.best);
  }

  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  using opened = prepared.open(device);
  const { model, unit } = opened.task;
  const { checkpoint } = started;
  if (checkpoint !== undefined) await loadCheckpoint(checkpoint, model, config.training.optimizer);
  else if (config.init !== null) await opened.loadInitial(config.init);
  else model.memory.initialize(config.training.seed);
  introduce(started, model, context);
  const { tuner, evalEvery, steps } = config.training;
  if (tuner && evalEvery === 0) {
    context.note("the tuner acts at evaluations, so with --eval-every 0 it never does");
  }

  using progress = context.progress(steps, "train");
  let sparsity = "";
  const events = flags.tensorboard ? new RunEvents(directory.path, state.step) : undefined;
  const hooks: TrainingHooks = {
    // Not before: a model that does not fit on the device must leave no run behind.
    async onReady() {
      if (started.write) await directory.create(config, prepared.tokenizer);
      await directory.rewindTo(state.step);
      log.open(directory.logPath);
    },
    events,
    signal: context.interrupted,
    onStep: ({ step, loss }) => progress.update(step, `loss ${loss.toFixed(3)}${sparsity}`),
    onQuantization: (step) => context.log(describeQuantization(step, config)),
    onMetrics(line) {
      if (typeof line.sparsity === "number") sparsity = ` · sparsity ${line.sparsity.toFixed(3)}`;
      context.log(describeMetrics(line, unit, config.training));
    },
    onTuner: (line) => describeTuner(line, steps).forEach((text) => context.log(text)),
    onSample: (step, text) => context.log(`--- sample at step ${step}\n${text}\n---`),
  };
  const result = await trainTask(opened.task, config.training, directory, state, hooks);
  context.log(
    `${result.stoppedEarly ? "Stopped early" : "Done"} after ${result.steps} steps: ` +
      `validation loss ${result.final.loss.toFixed(4)} nats per ${unit}, best ` +
      `${result.best.loss.toFixed(4)} at step ${result.best.step}, in ${directory.path}`,
  );
  await finish(opened, directory, context, events);
  const problem = flags.figures ? await drawLoss(directory, events) : undefined;
  if (problem !== undefined) context.note(problem);
  return await outcomeOf(started, result.steps, result.final.loss, result.best);
}

/** Why there is nothing left to do; undefined if there is something. */
function whyFinished({ training }: RunConfig, { step, badEvaluations }: RunState) {
  if (step >= training.steps) {
    return `${step} steps are done, nothing is left to do; a larger --steps would go on`;
  }
  if (training.earlyStop !== null && badEvaluations >= training.earlyStop) {
    return `it stopped early after ${step} steps; a larger --early-stop would go on`;
  }
  return undefined;
}

async function lastLine(directory: RunDirectory, split: MetricsLine["split"]) {
  return (await directory.metrics()).findLast((line) => line.split === split);
}

async function outcomeOf(
  { directory, config }: PreparedRun,
  steps: number,
  loss: number | null,
  best: RunState["best"],
): Promise<TrainOutcome> {
  const top1 = (await lastLine(directory, "test"))?.top1;
  return {
    run: directory.path,
    steps,
    loss,
    best,
    ...(typeof top1 === "number" && { test_top1: top1 }),
    parameters: modelSize(modelFamily(config.family), config.model).parameters,
    finished: true,
  };
}

/** Makes up for the test of a run that was ended between its last step and that. */
async function testIfMissing(
  { directory, config, prepared }: PreparedRun,
  { device: backend, threads }: ParsedFlags<"train">,
  context: CommandContext,
): Promise<void> {
  if (config.family === "text" || await lastLine(directory, "test") !== undefined) return;
  using device = await openDevice({ backend, threads });
  using opened = prepared.open(device);
  await finish(opened, directory, context);
}

/** Tests the best weights, where there is something to test them on. */
async function finish(
  opened: OpenedTraining,
  directory: RunDirectory,
  context: CommandContext,
  events?: RunEvents,
): Promise<void> {
  const line = await opened.finish?.(directory);
  if (line === undefined) return;
  await directory.log(line);
  await events?.metrics(line);
  context.log(`Test of the best weights: ${describeEvaluation(line, opened.task.unit)}`);
}

/** The run that `--resume` means; undefined if a new one has to be started. */
async function resumeRun(
  flags: ParsedFlags<"train">,
  context: CommandContext,
): Promise<PreparedRun | undefined> {
  const { resume, out } = flags;
  if (resume === undefined) return undefined;
  if (resume !== true && out !== undefined && resolve(resume) !== resolve(out)) {
    throw new InputError(
      `Cannot resume ${resume} in ${out}: a run goes on where it is, leave --out out`,
    );
  }
  const directory = await chooseRun(resume === true ? out : resume, "--resume");
  if (!await directory.exists()) {
    // With --out, one command line serves to start a run and to go on with it.
    if (resume === true) return undefined;
    throw new InputError(
      `Cannot resume ${directory.path}: there is no run (no config.json) in it`,
    );
  }
  const stored = await directory.readConfig();
  const prepared = await prepareRun(resumedConfig(flags, stored), { flags, directory, context });
  const { config } = prepared;
  const newest = (await directory.checkpoints()).at(-1);
  const state = newest ? await readRunState(newest.path) : initialState(config.training);
  const { seed } = config.training;
  if (state.batches.seed !== seed) {
    throw new InputError(
      `Cannot resume from ${newest?.path}: it is of a run with --seed ${state.batches.seed}, ` +
        `this one has ${seed}; remove it to go on from the checkpoint before it`,
    );
  }
  const write = JSON.stringify(stored.training) !== JSON.stringify(config.training);
  return { directory, config, prepared, checkpoint: newest?.path, state, write };
}

async function startRun(
  flags: ParsedFlags<"train">,
  context: CommandContext,
): Promise<PreparedRun> {
  const draft = runConfig(flags);
  checkConfig(draft);
  const directory = flags.out === undefined
    ? await newRunDirectory(draft)
    : new RunDirectory(flags.out);
  if (await directory.exists()) {
    throw new InputError(
      `Cannot start a run in ${directory.path}: there is one already; ` +
        "add --resume to go on with it, or choose another --out",
    );
  }
  const prepared = await prepareRun(draft, { flags, context });
  const { config } = prepared;
  const state = initialState(config.training);
  return { directory, config, prepared, checkpoint: undefined, state, write: true };
}

function introduce(started: PreparedRun, model: Model, context: CommandContext): void {
  const { config, directory, prepared, state } = started;
  const { layers, hiddenSize } = config.model;
  const { description } = model.device;
  context.note(
    `${layers} layers of width ${hiddenSize}: ` +
      `${model.parameterCount.toLocaleString("en")} parameters, ${widths(config)}`,
  );
  for (const fact of prepared.facts) context.note(fact);
  context.note(
    `${description.backend} on ${description.name}` +
      (description.software ? " (software: a GPU would be much faster)" : ""),
  );
  context.note(
    `${
      state.step > 0 ? `resuming ${directory.path} at step ${state.step}` : `run ${directory.path}`
    }` + (config.init === null || state.step > 0 ? "" : ` from the weights of ${config.init}`),
  );
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

/**
 * `train`: a new run, or an old one continued.
 *
 * @module
 */
import { resolve } from "node:path";
import { openDevice } from "../../device/open_device.ts";
import { InputError } from "../../errors.ts";
import { LanguageModel } from "../../models/language_model.ts";
import { modelSize } from "../../models/model_size.ts";
import type { TextConfig } from "../../models/text_config.ts";
import { loadCheckpoint, readRunState, type RunState } from "../../train/checkpoint.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { MetricsLine, RunConfig } from "../../train/run_directory.ts";
import { RunDirectory } from "../../train/run_directory.ts";
import { RunEvents } from "../../train/run_events.ts";
import { initialState, train, type TrainingHooks } from "../../train/trainer.ts";
import type { TunerDecision, TunerLine } from "../../train/tuner/decision.ts";
import type { ParsedFlags } from "../commands.ts";
import type { CommandContext } from "../context.ts";
import { checkArchitecture, loadInitialWeights, readInitialModel } from "../initial_model.ts";
import { drawLoss } from "../loss_figure.ts";
import { resumedConfig } from "../resumed_config.ts";
import { chooseRun, newRunDirectory } from "../run_choice.ts";
import { RunLog } from "../run_log.ts";
import {
  checkConfig,
  checkLength,
  prepareData,
  type PreparedData,
  runConfig,
} from "../training_setup.ts";

/** What `train --json` prints. */
export interface TrainOutcome {
  readonly run: string;
  readonly steps: number;
  readonly loss: number | null;
  readonly best: RunState["best"];
  readonly parameters: number;
  readonly finished: boolean;
}

interface PreparedRun {
  readonly directory: RunDirectory;
  readonly config: RunConfig;
  readonly data: PreparedData;
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
  const prepared = await resumeRun(flags, context) ?? await startRun(flags, context);
  const { directory, config, data, state } = prepared;
  const done = whyFinished(config, state);
  if (done !== undefined) {
    context.log(`${directory.path} is finished: ${done}`);
    return await finishedOutcome(prepared);
  }

  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  using model = new LanguageModel(config.model, device);
  if (prepared.checkpoint !== undefined) await loadCheckpoint(prepared.checkpoint, model);
  else if (config.init !== null) await loadInitialWeights(model, config.init);
  else model.memory.initialize(config.training.seed);
  introduce(prepared, model, context);
  const { tuner, evalEvery } = config.training;
  if (tuner && evalEvery === 0) {
    context.note("the tuner acts at evaluations, so with --eval-every 0 it never does");
  }

  const { steps } = config.training;
  using progress = context.progress(steps, "train");
  let sparsity = "";
  const events = flags.tensorboard ? new RunEvents(directory.path, state.step) : undefined;
  const hooks: TrainingHooks = {
    // Not before: a model that does not fit on the device must leave no run behind.
    async onReady() {
      if (prepared.write) await directory.create(config, data.tokenizer.toJSON());
      await directory.rewindTo(state.step);
      log.open(directory.logPath);
    },
    events,
    signal: context.interrupted,
    onStep: ({ step, loss }) => progress.update(step, `loss ${loss.toFixed(3)}${sparsity}`),
    onQuantization: (step) => context.log(describeQuantization(step, config)),
    onMetrics(line) {
      if (line.sparsity !== undefined) sparsity = ` · sparsity ${fixed(line.sparsity, 3)}`;
      context.log(describeMetrics(line, config.training));
    },
    onTuner: (line) => describeTuner(line, steps).forEach((text) => context.log(text)),
    onSample: (step, text) => context.log(`--- sample at step ${step}\n${text}\n---`),
  };
  const result = await train(model, data, config.training, directory, state, hooks);
  context.log(
    `${result.stoppedEarly ? "Stopped early" : "Done"} after ${result.steps} steps: ` +
      `validation loss ${result.final.loss.toFixed(4)} nats per token, best ` +
      `${result.best.loss.toFixed(4)} at step ${result.best.step}, in ${directory.path}`,
  );
  const problem = flags.figures ? await drawLoss(directory, events) : undefined;
  if (problem !== undefined) context.note(problem);
  return {
    run: directory.path,
    steps: result.steps,
    loss: result.final.loss,
    best: result.best,
    parameters: model.parameterCount,
    finished: true,
  };
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

async function finishedOutcome({ directory, config, state }: PreparedRun): Promise<TrainOutcome> {
  const evaluation = (await directory.metrics()).findLast(({ split }) => split === "val");
  return {
    run: directory.path,
    steps: state.step,
    loss: evaluation?.loss ?? null,
    best: state.best,
    parameters: modelSize(config.model).parameters,
    finished: true,
  };
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
  checkLength(flags);
  const stored = await directory.readConfig();
  const draft = resumedConfig(flags, stored);
  const data = await prepareData({
    config: draft,
    directory,
    tokenizer: flags.given.has("tokenizer") ? flags.tokenizer : undefined,
    order: flags.order,
    epochs: flags.epochs,
    warmup: stored.training.warmupSteps,
    context,
  });
  const config = { ...draft, training: data.training };
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
  return { directory, config, data, checkpoint: newest?.path, state, write };
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
  const initial = draft.init === null ? undefined : await readInitialModel(draft.init);
  if (initial) checkArchitecture(draft, initial);
  const data = await prepareData({
    config: draft,
    initial,
    tokenizer: flags.given.has("tokenizer") ? flags.tokenizer : undefined,
    order: flags.order,
    epochs: flags.epochs,
    warmup: flags.warmup,
    context,
  });
  const { vocabSize } = data.tokenizer;
  const config: RunConfig = {
    ...draft,
    // What no flag says has to be as the weights have learnt it.
    model: {
      ...draft.model,
      vocabSize,
      ropeTheta: initial?.config.ropeTheta ?? draft.model.ropeTheta,
      rmsNormEpsilon: initial?.config.rmsNormEpsilon ?? draft.model.rmsNormEpsilon,
    },
    training: data.training,
    data: data.record,
  };
  checkConfig(config);
  const state = initialState(config.training);
  return { directory, config, data, checkpoint: undefined, state, write: true };
}

function introduce(prepared: PreparedRun, model: LanguageModel, context: CommandContext): void {
  const { config, directory, data, state } = prepared;
  const { layers, hiddenSize, vocabSize } = config.model;
  const { description } = model.device;
  context.note(
    `${layers} layers of width ${hiddenSize}, vocabulary ${vocabSize}: ` +
      `${model.parameterCount.toLocaleString("en")} parameters, ${widths(config.model)}`,
  );
  context.note(
    `${data.train.length.toLocaleString("en")} training and ` +
      `${data.validation.length.toLocaleString("en")} validation tokens from ${config.data.source}`,
  );
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

function describeQuantization(step: number, { model, training }: RunConfig): string {
  return `step ${step}/${training.steps}  quantisation begins: ${widths(model)}; ` +
    "the best loss and early stopping count from here";
}

function widths({ quantization: q }: TextConfig): string {
  return `${q.weightBits}-bit weights (${q.weightQuantizer?.name ?? "float"}), ` +
    `${q.activationBits}-bit activations` +
    (q.activationScheme ? ` (${q.activationScheme})` : "");
}

function describeMetrics(line: MetricsLine, { steps, qatStart }: TrainingOptions): string {
  const at = position(line, steps) + (qatStart > 0 ? `  ${line.phase}` : "");
  if (line.split === "val") {
    return `${at}  validation loss ${fixed(line.loss, 4)}  perplexity ${
      fixed(line.perplexity, 3)
    }  ` +
      `${fixed(line.bits_per_byte, 3)} bits/byte  accuracy ${fixed(line.accuracy, 3)}` +
      (line.sparsity === undefined ? "" : `  sparsity ${fixed(line.sparsity, 3)}`) +
      (line.saturation === undefined ? "" : `  saturation ${fixed(line.saturation, 4)}`);
  }
  return `${at}  loss ${fixed(line.loss, 4)}  lr ${Number(line.lr).toExponential(2)}  ` +
    `norm ${fixed(line.grad_norm, 2)}  ${fixed(line.ms_per_step, 1)} ms/step  ` +
    `${line.tokens_per_second} tokens/s`;
}

/** One line of text per decision of the tuner. */
function describeTuner(line: TunerLine, steps: number): string[] {
  return line.decisions.map((decision) =>
    `${position(line, steps)}  tuner: ${describeDecision(decision)}`
  );
}

function describeDecision({ setting, from, to, applied, reason }: TunerDecision): string {
  const name = setting.replace("_", " ");
  if (from === null || to === null) return `no ${name}: ${reason}`;
  if (from === to) return `${name} stays ${concise(from)}: ${reason}`;
  const verb = applied ? "" : "would go ";
  return `${name} ${verb}${concise(from)} → ${concise(to)}: ${reason}` +
    (applied ? "" : " (--use-tuner-lr lets it)");
}

const position = ({ step }: { readonly step: number }, steps: number) =>
  `step ${String(step).padStart(String(steps).length)}/${steps}`;
const fixed = (value: unknown, digits: number) => Number(value).toFixed(digits);
/** Rates are small, thresholds and steps are not. */
const concise = (value: number) =>
  value < 0.01 ? value.toExponential(2) : String(+value.toFixed(4));

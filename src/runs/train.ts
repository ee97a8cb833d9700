/**
 * Trains by options: the whole way from them to a finished run.
 *
 * @module
 */
import type { Device, DeviceDescription } from "../device/device.ts";
import { openDevice } from "../device/open_device.ts";
import { optionName } from "../errors.ts";
import type { Model } from "../models/model.ts";
import { loadWeights, saveWeights } from "../models/model_directory.ts";
import { modelSize } from "../models/model_size.ts";
import { loadCheckpoint, type RunState } from "../train/checkpoint.ts";
import type { RunConfig } from "../train/run_config.ts";
import type { MemoryEstimate } from "../train/memory_estimate.ts";
import type { MetricsLine, RunDirectory } from "../train/run_directory.ts";
import type { RunEvents } from "../train/run_events.ts";
import { trainTask } from "../train/trainer.ts";
import type { TrainingHooks } from "../train/training_hooks.ts";
import {
  type BuiltInRuns,
  type DefaultRuns,
  familyNames,
  registerFamily,
  runFamily,
} from "./families.ts";
import type { RunFamily } from "./family.ts";
import { loadInitialWeights } from "./initial_model.ts";
import type { RunOptionGroups } from "./options/run_option.ts";
import type { GivenOptions, OptionsOfRun } from "./options/values.ts";
import type { StartedRun } from "./start.ts";
import type { WorkHooks } from "./work.ts";

/** Options of a run as a program gives them: any of them, the others have their defaults. */
export type GivenFor<O extends RunOptionGroups> = Partial<Omit<OptionsOfRun<O>, "given">>;

/** Options of a run of one of the families of this version. */
export type TrainOptions =
  | { readonly model?: undefined } & GivenFor<DefaultRuns["options"]>
  | {
    [Name in keyof BuiltInRuns]: { readonly model: Name } & GivenFor<BuiltInRuns[Name]["options"]>;
  }[keyof BuiltInRuns];

/** What is known of a run when its first step is about to be made. */
export interface BegunRun {
  /** What it is a run of. */
  readonly family: RunFamily;
  /** Everything that decides how it goes. */
  readonly config: RunConfig;
  /** Where it is, or will be once {@link TrainHooks.onReady} was called. */
  readonly directory: RunDirectory;
  /** Steps that were done before. */
  readonly step: number;
  /** Trainable numbers. */
  readonly parameters: number;
  /** What it is about to learn, line by line, for people. */
  readonly facts: readonly string[];
  /** What computes. */
  readonly device: DeviceDescription;
}

/** What a run calls as it goes on. */
export interface TrainHooks
  extends WorkHooks, Omit<TrainingHooks, "onReady" | "events" | "signal"> {
  /** When data and model are there, and nothing is written yet. */
  readonly onBegin?: (run: BegunRun) => void;
  /** When the device has made ready everything the steps need, and the directory is there; with what memory it takes. */
  readonly onReady?: (directory: RunDirectory, memory: MemoryEstimate) => void;
  /** What the best weights reach on the data that nothing was chosen by, where there is such. */
  readonly onTest?: (line: MetricsLine, family: RunFamily) => void;
  /** When the last step is done, before the test. */
  readonly onEnd?: (run: TrainedRun) => void;
}

/** A run that was trained to its end. */
export interface TrainedRun {
  /** What it is a run of. */
  readonly family: RunFamily;
  /** Everything that decided how it went. */
  readonly config: RunConfig;
  /** Its files. */
  readonly directory: RunDirectory;
  /** Steps done. */
  readonly steps: number;
  /** Last validation loss, in nats; null if there is none. */
  readonly loss: number | null;
  /** Lowest validation loss, of the weights in `model.safetensors`. */
  readonly best: RunState["best"];
  /** What the test of the best weights gave; undefined where there is none. */
  readonly test: MetricsLine | undefined;
  /** Trainable numbers. */
  readonly parameters: number;
  /** Whether the patience with evaluations that did not improve ran out. */
  readonly stoppedEarly: boolean;
  /** Why nothing was left to do; undefined if steps were made. */
  readonly wasFinished: string | undefined;
}

/**
 * Trains a model: the library's `deno task train`, with the same options in camelCase, the same defaults, and the same
 * run in the end, bit for bit on the same device.
 *
 * @param options What is trained on what, and how; with none the small ternary language model on Shakespeare. `model`
 *   is the name of a family, or a custom family.
 * @param hooks Called as it goes on; their `signal` saves a checkpoint and stops.
 * @throws {InputError} If the options are wrong, or a file or data set they name.
 * @throws {InterruptedError} If it was stopped; a checkpoint was saved.
 * @throws {WorkError} If the loss is not a number, the disk is full or the device is lost.
 *
 * @example The default model, in a directory of its own
 * ```ts ignore
 * import { train } from "../../mod.ts";
 *
 * const run = await train({ out: "runs/first" });
 * console.log(`${run.best?.loss} nats per token`);
 * ```
 */
export async function train(options?: TrainOptions, hooks?: TrainHooks): Promise<TrainedRun>;
/** Trains a model of a custom family, which is registered. */
export async function train<O extends RunOptionGroups>(
  options: { readonly model: RunFamily<O> } & GivenFor<O>,
  hooks?: TrainHooks,
): Promise<TrainedRun>;
export async function train(
  options: GivenOptions = {},
  hooks: TrainHooks = {},
): Promise<TrainedRun> {
  const { model, ...given } = options;
  const isNamed = typeof model === "string" || model === undefined;
  const name = isNamed ? model : registered(model as RunFamily);
  return await trainGiven({ ...given, model: name }, hooks);
}

function registered(family: RunFamily): string {
  registerFamily(family);
  return family.models.name;
}

/**
 * Trains as {@link train} does, by options that nobody has looked at yet.
 *
 * @param given The options by their names in camelCase.
 */
export async function trainGiven(given: GivenOptions, hooks: TrainHooks): Promise<TrainedRun> {
  const family = runFamily(String(given.model ?? familyNames()[0]));
  const { startRun } = await import("./start.ts");
  const started = await startRun(family, given, hooks);
  const wasFinished = whyFinished(started);
  const { device: backend, threads } = started.options;
  if (wasFinished === undefined) {
    // A new run gets its directory, and the lock in it, when it is certain to begin.
    using locks = new DisposableStack();
    if (started.isStored) locks.use(await started.directory.lock());
    using device = await openDevice({ backend, threads });
    return await makeSteps(started, device, locks, hooks);
  }
  const { directory, state } = started;
  const lines = await directory.metrics();
  const last = (split: MetricsLine["split"]) => lines.findLast((line) => line.split === split);
  const run: TrainedRun = {
    ...outcomeOf(started, wasFinished),
    steps: state.step,
    loss: last("val")?.loss ?? null,
    best: state.best,
    test: last("test"),
  };
  hooks.onEnd?.(run);
  if (!started.learned.test || run.test) return run;
  // Makes up for the test of a run that was ended between its last step and that.
  using device = await openDevice({ backend, threads });
  using model = started.family.models.make(started.config.model, device);
  return { ...run, test: await testBest(started, model, hooks) };
}

/** Why there is nothing left to do; undefined if there is something. */
function whyFinished({ config: { training }, state }: StartedRun): string | undefined {
  const { step, badEvaluations } = state;
  if (step >= training.steps) {
    return `${step} steps are done, nothing is left to do; a larger ${
      optionName("steps")
    } would go on`;
  }
  if (training.earlyStop !== null && badEvaluations >= training.earlyStop) {
    return `it stopped early after ${step} steps; a larger ${optionName("earlyStop")} would go on`;
  }
  return undefined;
}

/** What of the outcome is known without a step. */
function outcomeOf({ family, config, directory }: StartedRun, wasFinished: string | undefined) {
  const { parameters } = modelSize(family.models, config.model);
  return { family, config, directory, parameters, stoppedEarly: false, wasFinished };
}

async function makeSteps(
  started: StartedRun,
  device: Device,
  locks: DisposableStack,
  hooks: TrainHooks,
): Promise<TrainedRun> {
  const { family, config, directory, learned, options, state } = started;
  const writeRun = () => directory.create(config, learned.tokenizer, learned.companions?.(config));
  const { training } = config;
  using model = family.models.make(config.model, device);
  const task = learned.task(model, config);
  const { checkpoint } = started;
  if (checkpoint !== undefined) await loadCheckpoint(checkpoint, model, training.optimizer);
  else if (config.init !== null) await loadInitialWeights(model, config.init, hooks.onNote);
  else model.memory.initialize(training.seed);
  hooks.onBegin?.({
    ...{ family, config, directory },
    step: state.step,
    parameters: model.parameterCount,
    facts: learned.describe(config),
    device: device.description,
  });
  if (training.tuner && training.evalEvery === 0) {
    hooks.onNote?.(
      `the tuner acts at evaluations, so with ${optionName("evalEvery")} 0 it never does`,
    );
  }
  const events = options.tensorboard ? await openEvents(directory, state.step) : undefined;
  let isReady = false;
  const work = trainTask(task, training, directory, state, {
    ...hooks,
    events,
    // Not before: a model that does not fit on the device must leave no run behind.
    async onReady(memory) {
      if (!started.isStored) {
        locks.use(await directory.lock());
        const { checkFree } = await import("./start.ts");
        await checkFree(directory);
      }
      if (started.write) await writeRun();
      await directory.rewindTo(state.step);
      isReady = true;
      hooks.onReady?.(directory, memory);
    },
  });
  const result = await work.finally(async () => {
    if (!isReady || await directory.exists()) return;
    // Somebody has removed the directory meanwhile; what was saved since is nothing without this.
    await writeRun();
    if (!await directory.hasWeights()) await saveWeights(model, directory.weightsPath);
    hooks.onNote?.(
      `${directory.path} was removed during the training; the run and its last weights were written ` +
        "again, metrics and checkpoints before that are lost",
    );
  });
  const { steps, best, stoppedEarly } = result;
  const run: TrainedRun = {
    ...outcomeOf(started, undefined),
    ...{ steps, best, stoppedEarly, test: undefined },
    loss: result.final.loss,
  };
  hooks.onEnd?.(run);
  const test = learned.test && await testBest(started, model, hooks, events);
  if (options.figures) {
    const { drawLoss } = await import("./loss_figure.ts");
    const problem = await drawLoss(directory, events);
    if (problem !== undefined) hooks.onNote?.(problem);
  }
  return { ...run, test };
}

async function openEvents(directory: RunDirectory, doneSteps: number): Promise<RunEvents> {
  const { RunEvents } = await import("../train/run_events.ts");
  return new RunEvents(directory.path, doneSteps);
}

/** Evaluates the best weights of a finished run on what nothing was chosen by, and keeps the result. */
async function testBest(
  { family, directory, learned, config }: StartedRun,
  model: Model,
  hooks: TrainHooks,
  events?: RunEvents,
): Promise<MetricsLine> {
  await loadWeights(model, directory.weightsPath);
  model.quantized = true;
  const step = (await directory.metrics()).at(-1)!.step;
  const tested = await learned.test!(model, config, hooks.signal);
  const line: MetricsLine = { step, split: "test", ...tested };
  await directory.log(line);
  await events?.metrics(line);
  hooks.onTest?.(line, family);
  return line;
}

/**
 * Checkpoints: everything a run needs to go on as if it had never stopped.
 *
 * A checkpoint is a directory that is complete or absent: configuration and weights of the model, what the
 * optimizer keeps, and the small state (step, random numbers, schedule, tuner, best loss).
 *
 * @module
 */
import { isMissing } from "../host/file_failures.ts";
import { readFolder, removeTree, rename } from "../host/files.ts";
import { basename, join } from "../host/paths.ts";
import type { RandomState } from "../random.ts";
import { InputError } from "../errors.ts";
import { writeDirectoryAtomic, writeFileAtomic } from "../files/atomic.ts";
import { fileError } from "../files/file_error.ts";
import { openSafetensors, writeSafetensors } from "../files/safetensors.ts";
import { joinTensors, selectTensors, type TensorFile } from "../files/tensor_file.ts";
import { modelFamily } from "../models/families.ts";
import type { Model, ModelConfigJson } from "../models/model.ts";
import {
  CONFIG_FILE,
  loadWeights,
  readJson,
  saveWeights,
  WEIGHTS_FILE,
} from "../models/model_directory.ts";
import { DEFAULT_OPTIMIZER, findOptimizer } from "./optimizers.ts";
import type { PlateauState } from "./schedule.ts";
import type { TunerState } from "./tuner/state.ts";

/** The small state of a run after a step; plain data. */
export interface RunState {
  /** Steps done. */
  readonly step: number;
  /** Where the random numbers of the batches stand. */
  readonly batches: RandomState;
  /** What the plateau schedule remembers; the other schedules leave it as it starts. */
  readonly plateau: PlateauState;
  /** What the tuner remembers; null without one. */
  readonly tuner: TunerState | null;
  /** Best validation loss so far, of the weights in the run's `model.safetensors`. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** Evaluations since then. */
  readonly badEvaluations: number;
  /** Whether quantization has begun; once it has, more steps do not undo it. */
  readonly quantized: boolean;
  /** How much of the activations' running maxima is kept per micro-batch, where there are such. */
  readonly activationMomentum: number;
  /** Last finite training loss. */
  readonly lastLoss: number | null;
  /** Whether nothing is left to do. */
  readonly finished: boolean;
}

const OPTIMIZER_FILE = "optimizer.safetensors";
const STATE_FILE = "state.json";
const DIRECTORY_PATTERN = /^step-(\d{6,})$/;

/** A checkpoint on disk. */
export interface CheckpointEntry {
  /** Step after which it was saved. */
  readonly step: number;
  /** Its directory. */
  readonly path: string;
}

/** Checkpoints in a directory, oldest first; empty if there is none. */
export async function listCheckpoints(directory: string): Promise<CheckpointEntry[]> {
  const entries: CheckpointEntry[] = [];
  try {
    for await (const { name, isDirectory } of readFolder(directory)) {
      const match = isDirectory && DIRECTORY_PATTERN.exec(name);
      if (match) entries.push({ step: Number(match[1]), path: join(directory, name) });
    }
  } catch (error) {
    if (!isMissing(error)) throw fileError("read", directory, error);
  }
  return entries.sort((a, b) => a.step - b.step);
}

/**
 * Writes a checkpoint, whole or not at all, and removes the oldest beyond `keep`.
 *
 * @param directory Folder of all checkpoints of the run.
 * @param keep How many may stay, this one included.
 * @param optimizer Name of the one that the run updates with.
 * @returns Path of the new checkpoint.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function saveCheckpoint(
  directory: string,
  model: Model,
  state: RunState,
  keep: number,
  optimizer: string = DEFAULT_OPTIMIZER,
): Promise<string> {
  const path = join(directory, `step-${String(state.step).padStart(6, "0")}`);
  const states: TensorFile[] = [];
  for (const state of findOptimizer(optimizer).states) {
    states.push(selectTensors(await model.memory.tensors(state), (name) => `${state}.${name}`));
  }
  const config = JSON.stringify(model.configJson, null, 2);
  await writeDirectoryAtomic(path, async (temporary) => {
    await writeFileAtomic(join(temporary, CONFIG_FILE), config + "\n");
    await saveWeights(model, join(temporary, WEIGHTS_FILE));
    const file = join(temporary, OPTIMIZER_FILE);
    await writeSafetensors(file, joinTensors(states, file), { optimizer });
    await writeFileAtomic(join(temporary, STATE_FILE), JSON.stringify(state, null, 2) + "\n");
  });
  const entries = await listCheckpoints(directory);
  for (const entry of entries.slice(0, Math.max(0, entries.length - keep))) {
    // Renamed first: a checkpoint that is being removed must not look like one.
    const doomed = join(directory, `.${basename(entry.path)}.tmp`);
    await rename(entry.path, doomed);
    await removeTree(doomed);
  }
  return path;
}

/**
 * The small state of a checkpoint.
 *
 * @param path Directory of the checkpoint.
 * @throws {InputError} If it is damaged; the message says how to go on without it.
 */
export async function readRunState(path: string): Promise<RunState> {
  return await reading(path, async () => {
    const file = join(path, STATE_FILE);
    const state = await readJson(file) as Partial<RunState> | null;
    const complete = Number.isInteger(state?.step) && Number.isInteger(state?.badEvaluations) &&
      Number.isSafeInteger(state?.batches?.position) &&
      typeof state?.plateau?.factor === "number" && typeof state.best === "object" &&
      typeof state.quantized === "boolean" && Number.isFinite(state.activationMomentum) &&
      (!state.tuner || Array.isArray(state.tuner.history));
    if (!complete) throw new InputError(`Cannot read ${file}: it is not the state of a run`);
    return { ...state as RunState, tuner: state.tuner ?? null };
  });
}

/**
 * Uploads weights and what the optimizer keeps from a checkpoint.
 *
 * @param path Directory of the checkpoint.
 * @param optimizer Name of the one that the run updates with.
 * @throws {InputError} If a file is damaged or belongs to another configuration or optimizer; the message says how to go
 * on without it.
 */
export async function loadCheckpoint(
  path: string,
  model: Model,
  optimizer: string = DEFAULT_OPTIMIZER,
): Promise<void> {
  await reading(path, async () => {
    const config = join(path, CONFIG_FILE);
    // Read and written anew, a checkpoint of an earlier version says the same in the same words.
    const family = modelFamily(model.family);
    const said = family.configToJson(family.configFromJson(await readJson(config), config));
    checkSameModel(said, model.configJson, config);
    const file = join(path, OPTIMIZER_FILE);
    using states = await openSafetensors(file);
    const { optimizer: stored = DEFAULT_OPTIMIZER } = states.metadata;
    if (stored !== optimizer) {
      throw new InputError(
        `Cannot resume from ${file}: it is of the optimizer ${stored} and the run's is ${optimizer}`,
      );
    }
    await loadWeights(model, join(path, WEIGHTS_FILE));
    for (const name of findOptimizer(optimizer).states) {
      await model.memory.load(name, selectTensors(states, without(`${name}.`)));
    }
  });
}

/** Tells, with whatever is wrong with a checkpoint, the way around it. */
async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `${error.message}; remove ${path} to go on from the checkpoint before it`,
      { cause: error },
    );
  }
}

/** Weights of equal shapes can still mean another model: other bits, say, or another activation. */
function checkSameModel(found: ModelConfigJson, expected: ModelConfigJson, source: string): void {
  const flat = (json: ModelConfigJson): Map<string, string> => {
    const { bittext, ...fields } = json as Partial<ModelConfigJson>;
    // What others are told follows from the rest.
    const { quantization_config: _, ...own } = fields;
    const { note: __, ...parts } = Object(bittext);
    const entries = Object.entries({ ...parts, ...own });
    return new Map(entries.map(([name, value]) => [name, JSON.stringify(value)]));
  };
  const other = flat(found);
  for (const [name, value] of flat(expected)) {
    if (other.get(name) === value) continue;
    throw new InputError(
      `Cannot resume from ${source}: it is of another configuration, ` +
        `${name} is ${other.get(name) ?? "missing"} and the run's is ${value}`,
    );
  }
}

/** The rest of a name that begins so. */
function without(prefix: string): (name: string) => string | undefined {
  return (name) => name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

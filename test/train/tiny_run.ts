/**
 * Training runs of the smallest model, in a folder of their own.
 *
 * @module
 */
import { basename, join } from "node:path";
import { CharTokenizer } from "../../src/data/tokenizers/char_tokenizer.ts";
import { splitTokens, type TokenSplit } from "../../src/data/splits/split.ts";
import type { Device } from "../../src/device/device.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { loadCheckpoint, readRunState, type RunState } from "../../src/train/checkpoint.ts";
import type { Evaluation } from "../../src/runs/text/evaluation.ts";
import { type TrainingOptions, trainingOptions } from "../../src/train/options.ts";
import type { TextRunConfig } from "../../src/runs/text/run_config.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { TextTask, type TextTrainingData } from "../../src/runs/text/task.ts";
import { trainTask } from "../../src/train/trainer.ts";
import type { TrainingHooks, TrainingResult } from "../../src/train/training_hooks.ts";
import { tinyConfig, tinyText } from "../tiny_text.ts";

/** Runs a test with a folder that is removed afterwards. */
export async function withFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bittext-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** {@link tinyText}, tokenized and split. */
export function tinyData(): TextTrainingData & TokenSplit {
  const text = tinyText();
  const tokenizer = CharTokenizer.fromText(text);
  const { train, validation } = splitTokens(tokenizer.encode(text));
  return { train, validation, validationBytes: validation.length - 1, tokenizer };
}

/** Data whose validation tokens never occur in training: every step makes the validation loss worse. */
export function contradictoryData(): TextTrainingData {
  const { tokenizer } = tinyData();
  const repeat = (...ids: number[]) => Int32Array.from({ length: 60 }, (_, at) => ids[at % 2]);
  const validation = repeat(3, 4);
  return { train: repeat(1, 2), validation, validationBytes: validation.length - 1, tokenizer };
}

/** Options of a short run that writes no samples. */
export function tinyOptions(options: Partial<TrainingOptions> = {}): TrainingOptions {
  return trainingOptions({
    batch: 2,
    context: 8,
    steps: 12,
    learningRate: 1e-2,
    logEvery: 1,
    evalEvery: 0,
    saveEvery: 0,
    sampleEvery: 0,
    ...options,
  });
}

/** What {@link runTiny} needs to know. */
export interface TinyRun {
  readonly device: Device;
  readonly path: string;
  readonly data?: TextTrainingData;
  readonly options?: Partial<TrainingOptions>;
  readonly config?: Parameters<typeof tinyConfig>[0];
  /** Checkpoint to go on from. */
  readonly from?: string;
  readonly hooks?: TrainingHooks;
}

/** Trains, or goes on with a run. */
export async function runTiny(run: TinyRun): Promise<TrainingResult<Evaluation>> {
  const { device, path, data = tinyData(), from, hooks } = run;
  const training = tinyOptions(run.options);
  const model = tinyConfig(run.config);
  const directory = new RunDirectory(path);
  const record = { name: "tiny", source: "tiny", sha256: "" };
  const others = { training, epochs: null, data: record, init: null };
  const config: TextRunConfig = { family: "text", model, ...others };
  using trained = new LanguageModel(model, device);
  let state: RunState | undefined;
  if (from === undefined) {
    trained.memory.initialize(training.seed);
    await directory.create(config, data.tokenizer.toJSON());
  } else {
    state = await readRunState(from);
    await loadCheckpoint(from, trained, training.optimizer);
    await directory.rewindTo(state.step);
  }
  const task = new TextTask(trained, data, training);
  return await trainTask(task, training, directory, state, hooks);
}

/** The content of every file of a checkpoint. */
export async function checkpointBytes(checkpoint: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name } of Deno.readDir(checkpoint)) {
    files.set(name, await Deno.readFile(join(checkpoint, name)));
  }
  return files;
}

/** Copies the checkpoint `from`, which belongs to another run, to `path` and goes on with it there. */
export async function resumeTiny(
  run: TinyRun & { readonly from: string },
): Promise<TrainingResult<Evaluation>> {
  const from = join(run.path, "checkpoints", basename(run.from));
  await Deno.mkdir(from, { recursive: true });
  for (const [name, bytes] of await checkpointBytes(run.from)) {
    await Deno.writeFile(join(from, name), bytes);
  }
  return await runTiny({ ...run, from });
}

/**
 * The files of a run: configuration, weights, metrics, samples, checkpoints, log.
 *
 * @module
 */
import { isMissing, isNotFolder } from "../host/file_failures.ts";
import { exists, readFolder, readTextFile, removeTree, stat } from "../host/files.ts";
import { join } from "../host/paths.ts";
import { OptionError, optionName, WorkError } from "../errors.ts";
import { appendLine, writeFileAtomic } from "../files/atomic.ts";
import { fileError } from "../files/file_error.ts";
import { isLocked, lockFile } from "../files/folder_lock.ts";
import type { ActivationStatistics } from "../models/activation_statistics.ts";
import type { LayerStatistics } from "../models/layer_statistics.ts";
import { CONFIG_FILE, readJson, WEIGHTS_FILE } from "../models/model_directory.ts";
import { type CheckpointEntry, listCheckpoints } from "./checkpoint.ts";
import {
  type DataSource,
  type RunConfig,
  runConfigFromJson,
  runConfigToJson,
} from "./run_config.ts";
import { storedData } from "./stored_options.ts";
import type { TunerLine } from "./tuner/decision.ts";

/** A measurement, as a line of `metrics.jsonl`. */
export interface MetricsLine {
  /** Steps done when it was measured. */
  readonly step: number;
  /** What it was measured on. */
  readonly split: "train" | "val" | "test";
  /** Mean cross-entropy, nats per token or image. */
  readonly loss: number;
  /** Codes of every quantized layer, by module; in evaluations only. */
  readonly layers?: LayersRecord;
  /** Running maxima of the activations that have them, by module; in evaluations only. */
  readonly activations?: ActivationsRecord;
  /** The other metrics, by their name in the file. */
  readonly [metric: string]: number | string | LayersRecord | ActivationsRecord | undefined;
}

/** Statistics of every quantized layer, by module. */
export type LayersRecord = Readonly<Record<string, LayerStatistics>>;

/** Statistics of every activation quantizer with a running maximum, by the norm's module. */
export type ActivationsRecord = Readonly<Record<string, ActivationStatistics>>;

/** The directory of one run. */
export class RunDirectory {
  /** Seconds that the run had taken before this process went on with it. */
  #secondsBefore = 0;
  #openedMs = performance.now();

  /** The run at `path`, which need not exist yet. */
  constructor(
    /** The directory. */
    readonly path: string,
  ) {}

  /** Model, training options and data, as JSON. */
  get configPath(): string {
    return join(this.path, CONFIG_FILE);
  }
  /** The best weights so far, safetensors. */
  get weightsPath(): string {
    return join(this.path, WEIGHTS_FILE);
  }
  /** The tokenizer, as Hugging Face's `tokenizer.json`. */
  get tokenizerPath(): string {
    return join(this.path, "tokenizer.json");
  }
  /**
   * One {@link MetricsLine} or {@link TunerLine} per line, as JSON, each with the `time` it was written at and the
   * `seconds` that the run had taken by then, those before it was gone on with included.
   */
  get metricsPath(): string {
    return join(this.path, "metrics.jsonl");
  }
  /** Sampled text, each under a heading with its step. */
  get samplesPath(): string {
    return join(this.path, "samples.txt");
  }
  /** What the program said while it trained, each line with its time. */
  get logPath(): string {
    return join(this.path, "train.log");
  }
  /** Folder of the figures. */
  get figuresPath(): string {
    return join(this.path, "figures");
  }
  /** Folder of the checkpoints, one directory each. */
  get checkpointsPath(): string {
    return join(this.path, "checkpoints");
  }

  /** Whether a run was ever started here. */
  async exists(): Promise<boolean> {
    try {
      await stat(this.configPath);
      return true;
    } catch (error) {
      if (isMissing(error) || isNotFolder(error)) {
        return false;
      }
      throw fileError("read", this.configPath, error);
    }
  }

  /** Whether there are weights yet. */
  async hasWeights(): Promise<boolean> {
    return await exists(this.weightsPath);
  }

  /**
   * Writes what a new run is.
   *
   * @param tokenizer Content of `tokenizer.json`, where the run has one.
   * @param companions Further files of JSON that go with the model, by their names.
   */
  async create(
    config: RunConfig,
    tokenizer?: unknown,
    companions: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    for (const [name, content] of Object.entries(companions)) {
      await writeFileAtomic(join(this.path, name), JSON.stringify(content, null, 2) + "\n");
    }
    if (tokenizer !== undefined) {
      await writeFileAtomic(this.tokenizerPath, JSON.stringify(tokenizer) + "\n");
    }
    // Last: its presence is what makes the directory a run.
    const json = JSON.stringify(runConfigToJson(config), null, 2);
    await writeFileAtomic(this.configPath, json + "\n");
  }

  /**
   * Keeps other processes from training in the directory until the lock is disposed or this process ends.
   *
   * @throws {InputError} If the directory cannot be written to.
   * @throws {WorkError} If another process trains in it.
   */
  async lock(): Promise<Disposable> {
    const lock = await lockFile(join(this.path, ".lock"));
    if (isLocked(lock)) return lock;
    throw new WorkError(
      `Cannot train in ${this.path}: ${lock.holder} is training in it, wait for its end or choose ` +
        `another ${optionName("out")}`,
    );
  }

  /**
   * Reads the configuration of a run.
   *
   * @throws {InputError} If it is missing, damaged, or that of a mere model directory.
   */
  async readConfig(): Promise<RunConfig> {
    return runConfigFromJson(await readJson(this.configPath), this.path, this.configPath);
  }

  /**
   * Which data a run, or a model made of one, learned from.
   *
   * @typeParam D What the family of its model says of data.
   * @throws {InputError} If its configuration is missing, damaged or does not say it.
   */
  async readData<D extends DataSource = DataSource>(): Promise<D> {
    const json = await readJson(this.configPath) as { readonly data?: unknown } | null;
    if (json?.data !== undefined) return storedData(json.data, this.configPath);
    throw new OptionError(
      `Cannot tell what ${this.path} was trained on: its config.json has no data section; ` +
        `name some with ${optionName("data")}`,
    );
  }

  /** Checkpoints, oldest first. */
  async checkpoints(): Promise<CheckpointEntry[]> {
    return await listCheckpoints(this.checkpointsPath);
  }

  /** Appends a line of metrics. */
  async log(line: MetricsLine | TunerLine): Promise<void> {
    const seconds = this.#secondsBefore + (performance.now() - this.#openedMs) / 1000;
    const times = { time: new Date().toISOString(), seconds: Number(seconds.toFixed(3)) };
    // What the tuner decides is part of the evaluation in front of it.
    const isMeasured = line.split !== "tuner";
    await appendLine(this.metricsPath, JSON.stringify({ ...line, ...(isMeasured && times) }));
  }

  /** Appends sampled text under a heading with its step. */
  async sample(step: number, text: string): Promise<void> {
    await appendLine(this.samplesPath, `${sampleHeading(step)}\n${text}\n`);
  }

  /** Measurements so far; one that was being written when the process was killed is left out. */
  async metrics(): Promise<MetricsLine[]> {
    return (await this.#lines()).filter((line) => line.split !== "tuner");
  }

  /** What the tuner decided so far. */
  async tunerLines(): Promise<TunerLine[]> {
    return (await this.#lines()).filter((line) => line.split === "tuner");
  }

  async #lines(): Promise<(MetricsLine | TunerLine)[]> {
    const text = await readIfThere(this.metricsPath) ?? "";
    return text.split("\n").flatMap((line) => parseMetrics(line) ?? []);
  }

  /** Removes what was written after `step`, so that a resumed run writes it again. */
  async rewindTo(step: number): Promise<void> {
    await this.#removeTemporaries();
    const { seconds = 0 } = (await this.#lines()).findLast((line) => line.step <= step) as
      | { readonly seconds?: unknown }
      | undefined ?? {};
    [this.#secondsBefore, this.#openedMs] = [Number(seconds) || 0, performance.now()];
    await rewrite(this.metricsPath, (text) => {
      // A run that begins anew evaluates what it begins with anew.
      const lines = step === 0
        ? []
        : text.split("\n").filter((line) => (parseMetrics(line)?.step ?? Infinity) <= step);
      return lines.map((line) => line + "\n").join("");
    });
    await rewrite(this.samplesPath, (text) => {
      for (const match of text.matchAll(/^--- step (\d+) ---$/gm)) {
        if (Number(match[1]) > step) return text.slice(0, match.index);
      }
      return text;
    });
    const { rewindEvents } = await import("../tensorboard/event_files.ts");
    await rewindEvents(this.path, step);
  }

  /** Removes files that a killed process left half-written: nothing reads them, but they take room. */
  async #removeTemporaries(): Promise<void> {
    for (const folder of [this.path, this.checkpointsPath]) {
      try {
        for (const { name } of await Array.fromAsync(readFolder(folder))) {
          if (TEMPORARY.test(name)) await removeTree(join(folder, name));
        }
      } catch (error) {
        if (!isMissing(error)) throw fileError("clean up", folder, error);
      }
    }
  }
}

/** What the files and checkpoints of a run are called while they are written or removed. */
const TEMPORARY =
  /^\.((config|tokenizer)\.json|model\.safetensors|metrics\.jsonl|samples\.txt|step-\d+)(\.\d+-\d+)?\.tmp$/;

const sampleHeading = (step: number) => `--- step ${step} ---`;

function parseMetrics(line: string): MetricsLine | TunerLine | undefined {
  try {
    return JSON.parse(line) as MetricsLine | TunerLine;
  } catch {
    return undefined; // an empty or half-written line
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readTextFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError("read", path, error);
  }
}

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  const text = await readIfThere(path);
  if (text === undefined) return;
  const changed = change(text);
  if (changed !== text) await writeFileAtomic(path, changed);
}

/**
 * The newest run in a folder of runs: the one whose metrics or configuration changed last.
 *
 * @returns Undefined if the folder has no run, or does not exist.
 */
export async function newestRun(runsDirectory: string): Promise<RunDirectory | undefined> {
  let newest: { run: RunDirectory; time: number } | undefined;
  try {
    for await (const { name, isDirectory } of readFolder(runsDirectory)) {
      if (!isDirectory) continue;
      const run = new RunDirectory(join(runsDirectory, name));
      if (!await run.exists()) continue;
      const times = await Promise.all(
        [run.metricsPath, run.configPath].map((path) =>
          stat(path).then(({ mtime }) => mtime?.getTime() ?? 0, () => 0)
        ),
      );
      const time = Math.max(...times);
      if (!newest || time > newest.time) newest = { run, time };
    }
  } catch (error) {
    if (!isMissing(error)) throw fileError("read", runsDirectory, error);
  }
  return newest?.run;
}

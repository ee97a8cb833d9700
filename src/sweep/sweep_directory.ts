/**
 * The files of a sweep: what was asked for, a line per run, and the runs themselves.
 *
 * @module
 */
import { isMissing, isNotFolder } from "../host/file_failures.ts";
import { readTextFile, stat } from "../host/files.ts";
import { join } from "../host/paths.ts";
import { InputError, OptionError, optionName, WorkError } from "../errors.ts";
import { appendLine, writeFileAtomic } from "../files/atomic.ts";
import { fileError } from "../files/file_error.ts";
import { isLocked, lockFile } from "../files/folder_lock.ts";
import { readJson } from "../models/model_directory.ts";
import { familyNames, runFamily } from "../runs/families.ts";
import type { RunFamily } from "../runs/family.ts";
import { RunDirectory } from "../train/run_directory.ts";
import type { Setting, SettingLists } from "./grid.ts";
import { isFinished, type RunResult } from "./run_result.ts";

/** A text that a sweep learns from. */
export interface SweptData {
  /** What `--data` said. */
  readonly spec: string;
  /** A name or path that means exactly this text. */
  readonly name: string;
  /** Of the text as UTF-8, in hexadecimal digits. */
  readonly sha256: string;
}

/** What `sweep.json` says. */
export interface SweepRecord {
  /** Every flag that has a value, defaults included. */
  readonly settings: SettingLists;
  /** The texts that `data` in the settings means. */
  readonly data: readonly SweptData[];
  /** The command line that makes the sweep again. */
  readonly command: string;
  /** Of the program that began it. */
  readonly versions: { readonly bittext: string; readonly deno: string };
}

/** The family of the runs of a sweep. */
export function familyOfSweep({ settings }: SweepRecord): RunFamily {
  return runFamily(String(settings.model?.[0] ?? familyNames()[0]));
}

/** The directory of one sweep. */
export class SweepDirectory {
  /** The sweep at `path`, which need not exist yet. */
  constructor(
    /** The directory. */
    readonly path: string,
  ) {}

  /** A {@link SweepRecord}. */
  get recordPath(): string {
    return join(this.path, "sweep.json");
  }
  /** One {@link RunResult} per line, as JSON, in the order in which the runs ended. */
  get resultsPath(): string {
    return join(this.path, "results.jsonl");
  }
  /** Tables and figures in one file. */
  get reportPath(): string {
    return join(this.path, "report.html");
  }
  /** Folder of the figures. */
  get figuresPath(): string {
    return join(this.path, "figures");
  }

  /** Folder of the tokenizers that were trained for several runs. */
  get tokenizersPath(): string {
    return join(this.path, "tokenizers");
  }

  /** The directory of a run. */
  run(id: string): RunDirectory {
    return new RunDirectory(join(this.path, "runs", id));
  }

  /** What a process that trains the run locks, so that no other one does. */
  lockPath(id: string): string {
    return join(this.path, ".locks", id);
  }

  /** What was asked for; undefined if there is no sweep here. */
  async readRecord(): Promise<SweepRecord | undefined> {
    try {
      await stat(this.recordPath);
    } catch (error) {
      if (isMissing(error) || isNotFolder(error)) {
        return undefined;
      }
      throw fileError("read", this.recordPath, error);
    }
    const record = await readJson(this.recordPath) as Partial<SweepRecord> | null;
    if (!record?.settings || !Array.isArray(record.data)) {
      throw new InputError(`Cannot read ${this.recordPath}: it is not the record of a sweep`);
    }
    return record as SweepRecord;
  }

  /**
   * Says what is to be done in this directory.
   *
   * @throws {InputError} If a sweep with other flags or data, or something else, is there already.
   */
  async begin(record: SweepRecord): Promise<void> {
    const kept = await this.readRecord();
    if (kept !== undefined) {
      const difference = differenceOf(kept, record);
      if (difference === undefined) return;
      throw new OptionError(
        `Cannot sweep in ${this.path}: the sweep there was made with other settings, ${difference}; ` +
          `choose another ${optionName("out")}, or give the same settings to go on with it`,
      );
    }
    if (await new RunDirectory(this.path).exists()) {
      throw new OptionError(
        `Cannot sweep in ${this.path}: there is a run in it, choose another ${optionName("out")}`,
      );
    }
    await writeFileAtomic(this.recordPath, JSON.stringify(record, null, 2) + "\n");
  }

  /**
   * Keeps other sweeps out of the directory until the lock is disposed or the process ends.
   *
   * @throws {InputError} If the directory cannot be written to.
   * @throws {WorkError} If another one is at work.
   */
  async lock(): Promise<Disposable> {
    const lock = await lockFile(this.lockPath("sweep"));
    if (isLocked(lock)) return lock;
    throw new WorkError(
      `Cannot sweep in ${this.path}: another sweep is at work in it (${lock.holder}), wait for its end ` +
        `or choose another ${optionName("out")}`,
    );
  }

  /** The lines so far, the last one of each run; one that was half written is left out. */
  async results(): Promise<RunResult[]> {
    let text = "";
    try {
      text = await readTextFile(this.resultsPath);
    } catch (error) {
      if (!isMissing(error)) {
        throw fileError("read", this.resultsPath, error);
      }
    }
    const results = text.split("\n").flatMap((line) => parseResult(line) ?? []);
    return [...new Map(results.map((result) => [result.id, result])).values()];
  }

  /** Takes away the lines of runs that failed, which are tried again, and returns the others. */
  async retainFinished(): Promise<RunResult[]> {
    const finished = (await this.results()).filter(isFinished);
    const lines = finished.map((result) => JSON.stringify(result) + "\n");
    await writeFileAtomic(this.resultsPath, lines.join(""));
    return finished;
  }

  /** Appends the line of a run that has ended. */
  async append(result: RunResult): Promise<void> {
    await appendLine(this.resultsPath, JSON.stringify(result));
  }
}

function parseResult(line: string): RunResult | undefined {
  try {
    return JSON.parse(line) as RunResult;
  } catch {
    return undefined;
  }
}

/** What differs between two records, in words; undefined if they ask for the same. */
function differenceOf(kept: SweepRecord, asked: SweepRecord): string | undefined {
  const said = (flag: string, values: readonly Setting[] | undefined) =>
    values === undefined ? `no --${flag}` : `--${flag} ${values.join(",")}`;
  const differences = Object.keys({ ...kept.settings, ...asked.settings })
    .map((flag) => [said(flag, kept.settings[flag]), said(flag, asked.settings[flag])])
    .filter(([then, now]) => then !== now)
    .map(([then, now]) => `${then} instead of ${now}`);
  if (differences.length > 0) return differences.join(" and ");
  const changed = asked.data.find(({ name, sha256 }) =>
    kept.data.some((before) => before.name === name && before.sha256 !== sha256)
  );
  return changed && `and ${changed.name} has changed since`;
}

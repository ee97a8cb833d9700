/**
 * Where a run begins: new, or where it was stopped.
 *
 * @module
 */
import { resolve } from "../host/paths.ts";
import { assertWritable } from "../files/writable.ts";
import { InputError, OptionError, optionName } from "../errors.ts";
import { readRunState, type RunState } from "../train/checkpoint.ts";
import type { RunConfig } from "../train/run_config.ts";
import { initialState } from "../train/initial_state.ts";
import { RunDirectory } from "../train/run_directory.ts";
import { draftRun } from "./draft.ts";
import { runFamily, runOptions } from "./families.ts";
import type { RunFamily } from "./family.ts";
import type { GeneralValues, GivenOptions } from "./options/values.ts";
import { type PreparedRun, prepareRun } from "./prepare.ts";
import { contradiction, resumedConfig } from "./resume.ts";
import { chooseRun, newRunDirectory } from "./run_choice.ts";
import type { WorkHooks } from "./work.ts";

/** A run that is ready to go on, wherever it stands. */
export interface StartedRun extends PreparedRun {
  /** Where it is, or will be. */
  readonly directory: RunDirectory;
  /** Checkpoint to go on from. */
  readonly checkpoint: string | undefined;
  /** Where it stands. */
  readonly state: RunState;
  /** The options that were given, with the defaults of the others. */
  readonly options: GeneralValues;
  /** Whether the directory holds a run that is gone on with. */
  readonly isStored: boolean;
  /** Whether `config.json` has to be written. */
  readonly write: boolean;
}

/**
 * Prepares a run to its first step, or the one after its last checkpoint.
 *
 * @param family What is trained, unless a run that is gone on with says it.
 * @param given Its options.
 * @throws {InputError} If they do not describe a run, or not the one that is gone on with.
 */
export async function startRun(
  family: RunFamily,
  given: GivenOptions,
  work: WorkHooks,
): Promise<StartedRun> {
  return await resumeRun(given, work) ?? await newRun(family, given, work);
}

/** The run that the option `resume` means; undefined if a new one has to be started. */
async function resumeRun(given: GivenOptions, work: WorkHooks): Promise<StartedRun | undefined> {
  const { resume, out, model, ...others } = given as {
    readonly resume?: string | boolean;
    readonly out?: string;
    readonly model?: string;
  };
  if (resume === undefined || resume === false) return undefined;
  if (resume !== true && out !== undefined && resolve(resume) !== resolve(out)) {
    throw new OptionError(
      `Cannot resume ${resume} in ${out}: a run goes on where it is, leave ${
        optionName("out")
      } out`,
    );
  }
  const directory = await chooseRun(resume === true ? out : resume, "resume");
  if (!await directory.exists()) {
    // With a directory of its own, the same options serve to start a run and to go on with it.
    if (resume === true) return undefined;
    throw new InputError(
      `Cannot resume ${directory.path}: there is no run (no config.json) in it`,
    );
  }
  const stored = await directory.readConfig();
  if (model !== undefined && model !== stored.family) {
    throw contradiction("model", model, stored.family);
  }
  const family = runFamily(stored.family);
  const options = runOptions(family, others);
  const draft = resumedConfig(family, options, stored);
  const prepared = await prepareRun(family, draft, { options, stored: directory, work });
  const { config } = prepared;
  const newest = (await directory.checkpoints()).at(-1);
  const state = newest ? await readRunState(newest.path) : initialState(config.training);
  const { seed } = config.training;
  if (state.batches.seed !== seed) {
    throw new OptionError(
      `Cannot resume from ${newest?.path}: it is of a run with ${optionName("seed")} ` +
        `${state.batches.seed}, this one has ${seed}; remove it to go on from the checkpoint before it`,
    );
  }
  const isChanged = <Part extends keyof RunConfig>(part: Part) =>
    JSON.stringify(stored[part]) !== JSON.stringify(config[part]);
  const write = isChanged("training") || isChanged("data");
  return {
    ...prepared,
    ...{ options, directory, checkpoint: newest?.path, state, write, isStored: true },
  };
}

async function newRun(
  family: RunFamily,
  { model: _, resume: __, ...given }: GivenOptions,
  work: WorkHooks,
): Promise<StartedRun> {
  const options = runOptions(family, given);
  const draft = draftRun(family, options);
  const directory = options.out === undefined
    ? await newRunDirectory(draft)
    : new RunDirectory(options.out);
  await checkFree(directory);
  // Found out before any data is read.
  await assertWritable(directory.path);
  const prepared = await prepareRun(family, draft, { options, work });
  const state = initialState(prepared.config.training);
  return {
    ...prepared,
    ...{ options, directory, checkpoint: undefined, state, write: true, isStored: false },
  };
}

/**
 * Checks that there is no run in a directory that a new one is started in.
 *
 * @throws {OptionError} If there is one.
 */
export async function checkFree(directory: RunDirectory): Promise<void> {
  if (!await directory.exists()) return;
  throw new OptionError(
    `Cannot start a run in ${directory.path}: there is one already; ` +
      `add ${optionName("resume")} to go on with it, or choose another ${optionName("out")}`,
  );
}

/**
 * Which run a command works on.
 *
 * @module
 */
import { join } from "../host/paths.ts";
import { OptionError, optionName } from "../errors.ts";
import type { RunConfig } from "../train/run_config.ts";
import { newestRun, RunDirectory } from "../train/run_directory.ts";

/** Where runs are kept, in the current folder. */
export const RUNS_DIRECTORY = "runs";

/**
 * The run in a directory, or the newest one.
 *
 * @param option What names a run, for the message.
 * @throws {OptionError} If none is named and there is none.
 */
export async function chooseRun(path: string | undefined, option = "run"): Promise<RunDirectory> {
  if (path !== undefined) return new RunDirectory(path);
  const newest = await newestRun(RUNS_DIRECTORY);
  if (newest) return newest;
  throw new OptionError(
    `Cannot find a run: there is none in ${RUNS_DIRECTORY}/; train one first, or name one with ` +
      optionName(option),
  );
}

/** A directory for a new run, named after what it is and when it began. */
export async function newRunDirectory(config: RunConfig): Promise<RunDirectory> {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const { family, model, training } = config;
  const name = `${family}-${model.quantization.weightBits}bit-seed${training.seed}-${time}`;
  for (let attempt = 1;; attempt++) {
    const suffix = attempt === 1 ? "" : `-${attempt}`;
    const directory = new RunDirectory(join(RUNS_DIRECTORY, name + suffix));
    if (!await directory.exists()) return directory;
  }
}

/**
 * Stations 2 and 3: the data of a run is opened, and what only it could tell is filled in.
 *
 * @module
 */
import { isMissing } from "../host/file_failures.ts";
import { InputError, OptionError, optionName } from "../errors.ts";
import type { DataSource, RunConfig } from "../train/run_config.ts";
import type { RunDirectory } from "../train/run_directory.ts";
import { checkRun } from "./draft.ts";
import type { LearnedData, RunFamily } from "./family.ts";
import { checkArchitecture, readInitialModel } from "./initial_model.ts";
import type { GeneralValues } from "./options/values.ts";
import { trainingWithEpochs } from "./recipe.ts";
import type { WorkHooks } from "./work.ts";

/** What preparing a run needs besides its draft. */
export interface PreparationRequest {
  /** The options that were given, with the defaults of the others. */
  readonly options: GeneralValues;
  /** A stored run, whose data and warmup are used again. */
  readonly stored?: RunDirectory;
  /** What it calls as it goes on. */
  readonly work: WorkHooks;
}

/** A run whose data is there. */
export interface PreparedRun {
  /** What it is a run of. */
  readonly family: RunFamily;
  /** Its configuration, with everything that only the data could tell. */
  readonly config: RunConfig;
  /** What the data says. */
  readonly learned: LearnedData;
}

/**
 * Opens the data of a run, and fills in what only it can tell.
 *
 * @param draft The run as its options describe it, or as it was stored.
 * @throws {InputError} If the data changed since the run began, or there is too little of it, or the model that the
 *   run starts from does not fit it.
 */
export async function prepareRun(
  family: RunFamily,
  draft: RunConfig,
  { options, stored, work }: PreparationRequest,
): Promise<PreparedRun> {
  const initial = stored || draft.init === null
    ? undefined
    : await readInitialModel(family, draft.init);
  if (initial) checkArchitecture(family, draft, initial, "draft");
  const learned = await findingData(
    () => family.learn({ draft, options, stored, initial }, work),
    stored,
  );
  // Of a stored run the content is the same, but it may have been moved.
  const whole = stored
    ? { ...draft, data: { ...draft.data, ...placeOf(learned) } }
    : learned.complete(draft, options, initial);
  const stepsOf = (epochs: number) => learned.stepsOfEpochs(epochs, whole.training);
  const training = trainingWithEpochs(whole, options, stepsOf, stored !== undefined);
  const config = { ...whole, training };
  if (initial) checkArchitecture(family, config, initial, "data");
  const origin = stored ? { directory: stored.path, config: draft.model } : initial;
  learned.check(config, origin);
  checkRun(family, config);
  return { family, config, learned };
}

function placeOf({ source: { name, source } }: LearnedData): Pick<DataSource, "name" | "source"> {
  return { name, source };
}

/** What opens the data of a run; of a stored one that is not where it was, the error says what to do. */
async function findingData<T>(
  open: () => Promise<T>,
  stored: RunDirectory | undefined,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!stored || !(error instanceof InputError) || !isMissing(error.cause)) throw error;
    throw new OptionError(
      `${error.message}; if it was moved, say where to with ${optionName("data")}`,
      { cause: error.cause },
    );
  }
}

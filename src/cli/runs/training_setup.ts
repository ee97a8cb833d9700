/**
 * From flags to the configuration and data of a run, whatever it is a run of.
 *
 * @module
 */
import type { RunConfig } from "../../train/run_config.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import { checkImageRun, draftImageRun, prepareImageRun } from "../families/vit/setup.ts";
import { flagsForModel } from "../flags/model_flags.ts";
import type { PreparationRequest, PreparedTraining } from "./run_preparation.ts";
import { checkLength } from "../flags/recipe_flags.ts";
import { checkTextRun, draftTextRun, prepareTextRun } from "../families/text/setup.ts";

/**
 * The configuration that flags describe; the data fills in what only it can tell.
 *
 * @throws {InputError} If they contradict each other, or mean nothing to such a model.
 */
export function runConfig(flags: ParsedFlags<"train">): RunConfig {
  checkLength(flags);
  const own = flagsForModel("train", flags, flags.model);
  return own.model === "vit" ? draftImageRun(own) : draftTextRun(own);
}

/** Finds impossible shapes before any data is loaded. */
export function checkConfig(config: RunConfig): void {
  if (config.family === "vit") checkImageRun(config);
  else checkTextRun(config);
}

/**
 * Loads the data of a run, and fills in what only it can tell.
 *
 * @throws {InputError} If the data changed since the run began, or there is too little of it, or the model that the
 *   run starts from does not fit it.
 */
export async function prepareRun(
  config: RunConfig,
  request: PreparationRequest,
): Promise<PreparedTraining> {
  const prepared = config.family === "vit"
    ? await prepareImageRun(config, request)
    : await prepareTextRun(config, request);
  checkConfig(prepared.config);
  return prepared;
}

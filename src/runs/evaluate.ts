/**
 * Evaluates by options: how good the model in a directory is.
 *
 * @module
 */
import { openDevice } from "../device/open_device.ts";
import type { Evaluated } from "../train/task.ts";
import { checkMeaning, familyOfDirectory } from "./families.ts";
import type { Report } from "./family.ts";
import { COMPUTING_OPTIONS } from "./options/general.ts";
import type { OptionValues } from "./options/option.ts";
import { type GivenOptions, valuesOf } from "./options/values.ts";
import { chooseRun } from "./run_choice.ts";
import type { WorkHooks } from "./work.ts";

/** Options of an evaluation: which run, what computes, and what the family of its model wants to know of the data. */
export interface EvaluateOptions extends GivenOptions {
  /** The run or model directory; default the newest run in `runs/`. */
  readonly run?: string;
  /** What computes; default the best there is. */
  readonly device?: OptionValues<typeof COMPUTING_OPTIONS>["device"];
  /** Threads of the CPU device; default one per processor. */
  readonly threads?: number;
  /** What it is evaluated on; default what it was trained on. */
  readonly data?: string;
  /** Which part of it; default what was held out. */
  readonly split?: "train" | "val" | "validation" | "test" | "all";
  /** How much is computed at once; the result does not depend on it. */
  readonly batch?: number;
}

/**
 * Evaluates the model in a run or model directory, as `deno task eval` does.
 *
 * @param options Those of its family, in camelCase, besides the general ones.
 * @param work Called as it goes on.
 * @returns What the family of the model measures, such as `{ loss, perplexity, bits_per_byte, accuracy, tokens }`.
 * @throws {InputError} If there is no such model or data, or an option means nothing to it.
 * @throws {WorkError} If the device has no room.
 *
 * @example
 * ```ts ignore
 * import { evaluateRun } from "../faces/runs.ts";
 *
 * const { loss } = await evaluateRun({ run: "runs/first" });
 * ```
 */
export async function evaluateRun(
  options: EvaluateOptions = {},
  work: WorkHooks = {},
): Promise<Evaluated & Readonly<Record<string, unknown>>> {
  const { result } = await reportOfRun(options, work);
  return result as Evaluated & Readonly<Record<string, unknown>>;
}

/** Evaluates as {@link evaluateRun} does, and says it in words too. */
export async function reportOfRun(
  { run, device: backend, threads, ...given }: EvaluateOptions,
  work: WorkHooks,
): Promise<Report<Evaluated>> {
  const directory = await chooseRun(run);
  const family = await familyOfDirectory(directory.path);
  const table = { ...family.evaluationOptions, ...family.reportOptions };
  checkMeaning(family.models.name, table, given, (other) => ({
    ...other.evaluationOptions,
    ...other.reportOptions,
  }));
  const options = valuesOf(table, given);
  const computing = valuesOf(COMPUTING_OPTIONS, { device: backend, threads });
  using device = await openDevice({ backend: computing.device, threads: computing.threads });
  return await family.evaluate({ directory, options, device, work });
}

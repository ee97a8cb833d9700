/**
 * The options of every training run, whatever it is a run of.
 *
 * @module
 */
import { existsSync } from "../../host/files.ts";
import { isAbsolute, resolve } from "../../host/paths.ts";
import { isHubReference } from "../../data/hub/reference.ts";
import type { RunConfig } from "../../train/run_config.ts";
import { QUANTIZATION_OPTIONS } from "./quantization.ts";
import type { Kept, RunOptionGroups, RunOptionTable } from "./run_option.ts";
import { OPTIMIZATION_OPTIONS, RUN_OPTIONS, TUNER_OPTIONS } from "./training.ts";

/** In front of the path of a folder of images. */
const FOLDER = /^folder:/;

/** What is learned from. A family says which, and what else a value may mean. */
export const DATA_OPTION = {
  data: {
    kind: "path",
    placeholder: "NAME|PATH|hf:OWNER/NAME[/CONFIG]",
    description: "what to learn",
    alsoCalled: ["dataset", "input", "text", "corpus"],
    kept: ({ data }: RunConfig): Kept => data.name,
    mayMove: (asked: string, kept: string): boolean =>
      isAbsolute(kept.replace(FOLDER, "")) && existsSync(resolve(asked.replace(FOLDER, ""))),
    // A name is kept as the variant that was used, a data set of the hub with its configuration and commit, a path
    // as an absolute one.
    same: (asked: string, kept: string): boolean =>
      kept.startsWith(`${asked}:`) || resolve(asked) === kept ||
      isHubReference(asked) && (kept.startsWith(`${asked}/`) || kept.startsWith(`${asked}@`)),
  },
} as const satisfies RunOptionTable;

/** What computes. */
export const COMPUTING_OPTIONS = {
  device: {
    kind: "choice",
    choices: ["auto", "webgpu", "cpu"],
    default: "auto",
    description: "what computes",
    alsoCalled: ["backend", "gpu"],
    circumstance: "result",
  },
  threads: {
    kind: "integer",
    min: 1,
    max: 64,
    description: "threads of the CPU device; the result does not depend on it",
    otherwise: "one per processor",
    alsoCalled: ["num-threads", "cpu-threads", "workers"],
    circumstance: "way",
  },
} as const satisfies RunOptionTable;

/** The options of every training run by their heading, but `model`, which decides the others. */
export const GENERAL_OPTIONS = {
  "Data": DATA_OPTION,
  "Quantization": QUANTIZATION_OPTIONS,
  "Optimization": OPTIMIZATION_OPTIONS,
  "Tuner": TUNER_OPTIONS,
  "Run": RUN_OPTIONS,
  "General": COMPUTING_OPTIONS,
} as const satisfies RunOptionGroups;

/** The options of every training run. */
export type GeneralOptions = typeof GENERAL_OPTIONS;

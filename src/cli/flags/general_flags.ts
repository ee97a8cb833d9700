/**
 * The flags that commands share.
 *
 * @module
 */
import { COMPUTING_OPTIONS } from "../../runs/options/general.ts";
import type { FlagTable } from "./flag.ts";

/** How a command reads its flags and gives its result. */
export const OUTPUT_FLAGS = {
  config: {
    kind: "path",
    placeholder: "FILE.json",
    description: "read flags from a JSON object; the command line wins over it",
  },
  json: {
    kind: "boolean",
    description: "print the result as one JSON object on the last line of stdout",
  },
  quiet: {
    kind: "boolean",
    description: "show no progress and no notes",
    alsoCalled: ["silent"],
  },
} as const satisfies FlagTable;

/** What a command that may meet a custom family takes. */
export const IMPORT_FLAG = {
  import: {
    kind: "path",
    placeholder: "FILE.ts",
    description: "module that registers families of models, for this command",
    listed: true,
    alsoCalled: ["plugin", "module", "require"],
  },
} as const satisfies FlagTable;

/** The flags of a command that computes, with no models in it. */
export const DEVICE_FLAGS = { ...COMPUTING_OPTIONS, ...OUTPUT_FLAGS } as const satisfies FlagTable;

/** The flags of a command that computes with models. */
export const GENERAL_FLAGS = {
  ...COMPUTING_OPTIONS,
  ...IMPORT_FLAG,
  ...OUTPUT_FLAGS,
} as const satisfies FlagTable;

/** The run that a command works on. */
export const RUN_FLAG = {
  run: {
    kind: "path",
    placeholder: "DIR",
    description: "run directory, or any folder with config.json and model.safetensors",
    otherwise: "the newest in runs/",
    alsoCalled: ["model", "checkpoint", "dir", "model-dir", "run-dir"],
  },
} as const satisfies FlagTable;

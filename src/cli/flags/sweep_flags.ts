/**
 * The flags of `sweep`, as data: those of `train`, each with a list of values, and its own.
 *
 * @module
 */

import { type FlagTable, listed } from "./flag.ts";
import { RUN_FLAGS } from "./train_flags.ts";

const { out: _out, resume: _resume, ...SWEPT_RUN_FLAGS } = RUN_FLAGS;

/** Where the sweep lives and how much of the machine it takes. */
export const SWEEP_FLAGS = {
  out: {
    kind: "path",
    placeholder: "DIR",
    description: "directory of the sweep; where one with the same flags is, it goes on",
    otherwise: "one in runs/ that is named after the flags",
    alsoCalled: RUN_FLAGS.out.alsoCalled,
  },
  jobs: {
    kind: "integer",
    min: 1,
    max: 256,
    description: "runs side by side",
    otherwise: "one per processor, or one on a GPU",
    alsoCalled: ["parallel", "workers", "processes", "concurrency"],
  },
} as const satisfies FlagTable;

/** What `train` says of a run, but where it lives: the sweep knows. */
export const SWEPT_FLAGS = listed({
  ...SWEPT_RUN_FLAGS,
  // One is enough to go on from, and a sweep has many runs.
  keep: { ...RUN_FLAGS.keep, default: 1 },
  figures: {
    ...RUN_FLAGS.figures,
    description: "draw figures and report, and every run's loss curve; --no-figures draws none",
  },
});

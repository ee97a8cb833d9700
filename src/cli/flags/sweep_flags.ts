/**
 * The flags of `sweep`, as data: those of `train`, each with a list of values, and its own.
 *
 * @module
 */

import { RUN_OPTIONS } from "../../runs/options/training.ts";
import { trainingGroups } from "./family_flags.ts";
import { type FlagGroups, type FlagTable, listed } from "./flag.ts";

/** Where the sweep lives and how much of the machine it takes. */
export const SWEEP_FLAGS = {
  out: {
    kind: "path",
    placeholder: "DIR",
    description: "directory of the sweep; where one with the same flags is, it goes on",
    otherwise: "one in runs/ that is named after the flags",
    alsoCalled: RUN_OPTIONS.out.alsoCalled,
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

/** What is said otherwise of the flags of many runs than of those of one. */
const SWEPT: FlagTable = {
  // One is enough to go on from, and a sweep has many runs.
  keep: { ...RUN_OPTIONS.keep, default: 1 },
  figures: {
    ...RUN_OPTIONS.figures,
    description: "draw figures and report, and every run's loss curve",
  },
};

/** What `train` says of a run, but what the sweep knows itself, such as where it lives. */
export function sweptGroups(): FlagGroups {
  const { General: _, ...groups } = trainingGroups();
  return Object.fromEntries(
    Object.entries(groups).map(([heading, table]) => {
      const swept = Object.entries(table)
        .filter(([, flag]) => !("swept" in flag))
        .map(([name, flag]) => [name, SWEPT[name] ?? flag]);
      return [heading, listed(Object.fromEntries(swept))];
    }),
  );
}

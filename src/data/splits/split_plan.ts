/**
 * What each split of a data set is used for.
 *
 * @module
 */

/** Which splits are learned from and measured on. */
export interface SplitPlan {
  /** The split to train on. */
  readonly train: string;
  /** The split to validate on; undefined where the end of the training split is held out instead. */
  readonly validation: string | undefined;
  /** The split that is kept for the last evaluation, if there is one. */
  readonly test: string | undefined;
  /** What the user should know, in one line; undefined where the data set has all it takes. */
  readonly notice: string | undefined;
}

/**
 * Uses the splits that the data set has, and divides one where it lacks some.
 *
 * Without a validation split, the end of the training split is held out. Without a training split,
 * the validation split is divided, else the first that is no test split, else the test split.
 *
 * @param names The splits of the data set, at least one.
 * @param dataset What to call it in the notice.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planSplits } from "./split_plan.ts";
 *
 * const { train, validation, test } = planSplits(["validation", "test"], "hf:Salesforce/wikitext");
 * assert.deepEqual([train, validation, test], ["validation", undefined, "test"]);
 * ```
 */
export function planSplits(names: readonly string[], dataset: string): SplitPlan {
  const named = (...words: string[]) =>
    names.find((name) => words.includes(name)) ??
      names.find((name) => words.some((word) => name.startsWith(word)));
  const own = named("train");
  const validation = named("validation", "valid", "val", "dev");
  const testSplit = named("test");
  const train = own ?? validation ?? names.find((name) => name !== testSplit) ?? names[0];
  const test = testSplit === train ? undefined : testSplit;
  if (own !== undefined) return { train, validation, test, notice: undefined };
  if (names.length === 1 && train === wholeSplit) {
    return { train, validation: undefined, test, notice: undefined };
  }
  return {
    train,
    validation: undefined,
    test,
    notice:
      `${dataset} has no split to train on, only ${names.join(" and ")}: ${train} is divided, ` +
      "most of it to train on and the rest to validate on",
  };
}

/** The name of the only split of data that has no splits of its own. */
export const wholeSplit = "all";

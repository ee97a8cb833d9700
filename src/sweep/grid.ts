/**
 * The grid of a sweep: every combination of the values its flags were given.
 *
 * @module
 */
import { basename } from "../host/paths.ts";

/** A value of a flag. */
export type Setting = string | number | boolean;

/** Values of flags, by their names in kebab-case. */
export type Settings = Readonly<Record<string, Setting>>;

/** Lists of values, by the names of their flags in kebab-case. */
export type SettingLists = Readonly<Record<string, readonly Setting[]>>;

/**
 * Every combination, those of the first seed before those of the second: a sweep that is stopped early
 * has compared what it was made to compare at least once.
 *
 * @param lists The values of each flag.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { gridPoints } from "../faces/sweep.ts";
 *
 * const points = gridPoints({ bits: [1.58, 32], seed: [0, 1] });
 * assert.equal(points.length, 4);
 * assert.deepEqual(points[1], { bits: 32, seed: 0 });
 * ```
 */
export function gridPoints(lists: SettingLists): Settings[] {
  const flags = Object.keys(lists).sort((a, b) => Number(b === "seed") - Number(a === "seed"));
  let points: Settings[] = [{}];
  for (const flag of flags) {
    points = points.flatMap((point) => lists[flag].map((value) => ({ ...point, [flag]: value })));
  }
  return points;
}

/**
 * The name of a run's directory: bits, what varies, and the seed.
 *
 * @param settings All that the run is given.
 * @param varied The flags with several values.
 * @param taken Names of other runs, which this one must not have.
 */
export function runId(
  settings: Settings,
  varied: readonly string[],
  taken: ReadonlySet<string>,
): string {
  const flags = new Set(["bits", ...varied.filter((flag) => flag !== "seed"), "seed"]);
  const parts = [...flags].filter((flag) => flag in settings).map((flag) => {
    const value = String(settings[flag]);
    const short = basename(value) || value;
    return `${flag}-${short.replaceAll(/[^\p{L}\p{N}.+-]+/gu, "-").slice(0, 40)}`;
  });
  const id = parts.join("_");
  for (let attempt = 1;; attempt++) {
    const name = attempt === 1 ? id : `${id}-${attempt}`;
    if (!taken.has(name)) return name;
  }
}

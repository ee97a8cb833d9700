/**
 * "Did you mean": the name that a mistyped one was probably meant to be.
 *
 * @module
 */

/**
 * Finds the candidate that fewest changes of a letter, or swaps of two neighbors, turn a name into.
 * Case, dashes and underscores do not count.
 *
 * @param name What was typed.
 * @param candidates What would be accepted.
 * @returns The nearest candidate, or `undefined` if more than a third of the name would change.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { nearestName } from "./nearest_name.ts";
 *
 * assert.equal(nearestName("trian", ["train", "eval"]), "train");
 * ```
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const typed = comparable(name);
  let nearest: string | undefined;
  let fewest = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(typed, comparable(candidate));
    // A single letter is one change away from every other.
    if (distance < fewest && distance < typed.length) {
      nearest = candidate;
      fewest = distance;
    }
  }
  return nearest;
}

/** `weight_decay`, `weightDecay` and `Weight-Decay` are one name to whoever types them. */
function comparable(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, "");
}

/** Insertions, deletions, substitutions and swaps of neighbors that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(substitution, last[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
      }
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

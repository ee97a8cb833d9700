/**
 * What someone who mistyped a name meant.
 *
 * @module
 */

/**
 * The candidate that fewest single-letter changes turn the name into.
 *
 * @param name What was typed.
 * @param candidates What could have been meant.
 * @returns The nearest candidate, or `undefined` if more than a third of its letters differ.
 *
 * @example
 * ```ts
 * import { nearestName } from "./nearest_name.ts";
 *
 * console.log(nearestName("shakespaere", ["shakespeare", "gutenberg"])); // shakespeare
 * ```
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < fewest && distance <= Math.max(1, candidate.length / 3)) {
      [nearest, fewest] = [candidate, distance];
    }
  }
  return nearest;
}

/** Levenshtein's distance: the fewest insertions, deletions and replacements of a letter. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}

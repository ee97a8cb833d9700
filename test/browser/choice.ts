/**
 * Which tests of kernels are run where there is not time for all.
 *
 * @module
 */

/** What a test is called up to what its case is called: `glu glu: (45,65)` is one of `glu glu`. */
const groupOf = (name: string) => name.split(":")[0];

/**
 * One case of each op, neither the simplest nor the largest: cases are listed by size.
 *
 * @param names All tests.
 */
export function chosenTests(names: readonly string[]): string[] {
  const groups = Map.groupBy(names, groupOf);
  return [...groups.values()].map((group) => group[group.length >> 1]);
}

/**
 * Which tests of kernels are run where there is not time for all.
 *
 * @module
 */

/** Larger shapes take long where the GPU is emulated. */
const LARGEST = 300;

/** What all cases of an op have in common: `glu glu: (45,65) [webgpu]` is one of `glu glu`. */
function groupOf(name: string): string {
  return name.split(":")[0].replaceAll(/\d+/g, "N");
}

function largestNumberIn(name: string): number {
  return Math.max(0, ...Array.from(name.matchAll(/\d+/g), ([digits]) => Number(digits)));
}

/**
 * One case of each op and of each other property, neither the simplest nor the largest: cases are listed by size.
 *
 * @param names All tests.
 */
export function chosenTests(names: readonly string[]): string[] {
  // Golden values are of the same kernels again, in other shapes, which are compiled anew.
  const groups = Map.groupBy(names.filter((name) => !/\bgolden\b/.test(name)), groupOf);
  return [...groups.values()].map((group) => {
    const small = group.filter((name) => largestNumberIn(name) <= LARGEST);
    const cases = small.length > 0 ? small : group;
    return cases[cases.length >> 1];
  });
}

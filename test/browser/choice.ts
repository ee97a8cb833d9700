/** tests */
export function chosenTests(names: readonly string[]): string[] {
  return names.filter((n) => /glu/.test(n));
}

/**
 * Collects tests in a page, and runs them when it is asked to.
 *
 * @module
 */

/** What became of a test. */
export interface Outcome {
  /** How long it took. */
  readonly ms: number;
  /** What went wrong; absent if nothing did. */
  readonly error?: string;
}

const tests = new Map<string, () => void | Promise<void>>();

/**
 * Lets modules register tests as they do under Deno. They find nothing else of it, and nothing at all once they run.
 *
 * @param modules Imports each module, by its name.
 */
export async function collectTests(
  modules: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  const scope = globalThis as { Deno?: unknown };
  try {
    for (const [module, load] of Object.entries(modules)) {
      scope.Deno = {
        test: (name: string, fn: () => void | Promise<void>) => {
          const full = `${module} ${name}`;
          if (tests.has(full)) throw new Error(`there are two tests of the name ${full}`);
          tests.set(full, fn);
        },
      };
      await load();
    }
  } finally {
    delete scope.Deno;
  }
}

/** Names of the tests, in the order in which they were registered. */
export function testNames(): string[] {
  return [...tests.keys()];
}

/** Runs a test. */
export async function runTest(name: string): Promise<Outcome> {
  const start = performance.now();
  try {
    await tests.get(name)!();
    return { ms: performance.now() - start };
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { ms: performance.now() - start, error: text };
  }
}

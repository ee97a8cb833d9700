/**
 * Regular expressions that take forever on some text, found before a text is tokenized with them: JavaScript's engine tries
 * every way to match, and for patterns such as `(a|a)*b` their number doubles with each letter.
 *
 * @module
 */

/** Long enough for any sound pattern on a busy machine, and nobody waits for it otherwise. */
const PATIENCE_MS = 1500;
const REPEATS = 40;
const MOST_LETTERS = 16;
/** Kinds of characters that classes stand for. */
const ALWAYS = ["a", "A", "1", " ", "\n", "-", "é"];

/** Runs beside the program, as it may never end. */
const PROGRAM = `
self.onmessage = ({ data }) => {
  for (const { pattern, probes } of data) {
    self.postMessage({ pattern });
    let expression;
    try { expression = new RegExp(pattern, "gu"); } catch { continue; }
    for (const probe of probes) probe.match(expression);
  }
  self.postMessage({ done: true });
};`;

/**
 * Tries patterns on texts made of their own letters.
 *
 * @returns One that does not come to an end; undefined if all do, or they cannot be tried here.
 */
export async function slowPattern(patterns: readonly string[]): Promise<string | undefined> {
  if (patterns.length === 0) return undefined;
  const address = URL.createObjectURL(new Blob([PROGRAM], { type: "text/javascript" }));
  let worker: Worker;
  try {
    worker = new Worker(address, { type: "module" });
  } catch {
    URL.revokeObjectURL(address);
    return undefined;
  }
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let tried: string | undefined;
  let timer = setTimeout(() => resolve(undefined), 10 * PATIENCE_MS);
  worker.onmessage = ({ data }: MessageEvent<{ pattern?: string; done?: true }>) => {
    clearTimeout(timer);
    if (data.done) return resolve(undefined);
    tried = data.pattern;
    timer = setTimeout(() => resolve(tried), PATIENCE_MS);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    resolve(undefined);
  };
  worker.postMessage(patterns.map((pattern) => ({ pattern, probes: probesOf(pattern) })));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.terminate();
    URL.revokeObjectURL(address);
  }
}

/** Letters over and over, alone and by turns, and an end that nothing matches. */
function probesOf(pattern: string): string[] {
  const own = [...pattern].filter((letter) => /[\p{L}\p{N}]/u.test(letter));
  const letters = [...new Set([...own.slice(0, MOST_LETTERS - ALWAYS.length), ...ALWAYS])];
  const pairs = letters.flatMap((one) => letters.map((other) => one + other));
  return [
    ...letters.map((letter) => letter.repeat(REPEATS) + "\u0001"),
    ...pairs.map((pair) => pair.repeat(REPEATS / 2) + "\u0001"),
  ];
}

/**
 * What the tests use of `node:assert/strict`, for pages.
 *
 * @module
 */

class AssertionError extends Error {
  override name = "AssertionError";
}

/** Fails. */
function fail(message: string): never {
  throw new AssertionError(message);
}

function shown(value: unknown): string {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const array = Array.from(value as unknown as ArrayLike<number>);
    const rest = array.length > 16 ? `, … ${array.length} in all` : "";
    return `${value.constructor.name} [${array.slice(0, 16).join(", ")}${rest}]`;
  }
  if (value instanceof Map || value instanceof Set) return shown([...value]);
  try {
    return JSON.stringify(value)?.slice(0, 400) ?? String(value);
  } catch {
    return String(value);
  }
}

/** Where two values first differ as `node:assert/strict` sees it; nothing if they are equal. */
function differenceOf(a: unknown, b: unknown, path = "value"): string | undefined {
  if (Object.is(a, b)) return undefined;
  const differ = `${path} is ${shown(a)}, not ${shown(b)}`;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return differ;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${differ}, of another class`;
  if (a instanceof Map && b instanceof Map) {
    return differenceOf([...a], [...b], `entries of ${path}`);
  }
  if (a instanceof Set && b instanceof Set) {
    return differenceOf([...a], [...b], `members of ${path}`);
  }
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) {
    return differenceOf(new Uint8Array(a), new Uint8Array(b), path);
  }
  if (a instanceof RegExp || a instanceof Date) {
    return String(a) === String(b) ? undefined : differ;
  }
  if (a instanceof Error && b instanceof Error && a.message !== b.message) return differ;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return `${differ}, which has other fields`;
  for (const key of keys) {
    if (!Object.hasOwn(right, key)) return `${differ}, which has no ${key}`;
    const difference = differenceOf(left[key], right[key], `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

type Expected =
  | RegExp
  | (new (...args: never[]) => unknown)
  | ((error: unknown) => unknown)
  | Readonly<Record<string, unknown>>
  | string;

function checkError(error: unknown, expected: Expected | undefined): void {
  if (expected === undefined || typeof expected === "string") return;
  if (expected instanceof RegExp) {
    if (!expected.test(String(error))) fail(`${error} does not match ${expected}`);
  } else if (typeof expected === "function") {
    if (expected.prototype !== undefined && error instanceof expected) return;
    if (expected.prototype instanceof Error || expected === Error) {
      fail(`${error} is another error`);
    }
    const isRight = (expected as (error: unknown) => unknown)(error);
    if (isRight !== true) fail(`${error} is not the error that was expected`);
  } else {
    for (const [key, value] of Object.entries(expected)) {
      const actual = (error as Record<string, unknown>)[key];
      if (value instanceof RegExp) match(String(actual), value);
      else deepEqual(actual, value);
    }
  }
}

function ok(value: unknown, message?: string): asserts value {
  if (!value) fail(message ?? `${shown(value)} is not true`);
}

function equal(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected)) return;
  fail(`${message === undefined ? "" : message + ": "}${shown(actual)} is not ${shown(expected)}`);
}

function notEqual(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected)) fail(message ?? `both are ${shown(actual)}`);
}

function deepEqual(actual: unknown, expected: unknown, message?: string): void {
  const difference = differenceOf(actual, expected);
  if (difference !== undefined) {
    fail(message === undefined ? difference : `${message}: ${difference}`);
  }
}

function notDeepEqual(actual: unknown, expected: unknown, message?: string): void {
  if (differenceOf(actual, expected) === undefined) fail(message ?? `both are ${shown(actual)}`);
}

function match(text: string, pattern: RegExp, message?: string): void {
  if (!pattern.test(text)) fail(message ?? `${text} does not match ${pattern}`);
}

function throws(run: () => unknown, expected?: Expected): void {
  let error: unknown;
  try {
    run();
  } catch (caught) {
    error = caught;
    checkError(error, expected);
    return;
  }
  fail("nothing was thrown");
}

async function rejects(
  promise: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected,
): Promise<void> {
  try {
    await (typeof promise === "function" ? promise() : promise);
  } catch (error) {
    checkError(error, expected);
    return;
  }
  fail("nothing was rejected");
}

export default Object.assign(ok, {
  ok,
  equal,
  strictEqual: equal,
  notEqual,
  deepEqual,
  notDeepEqual,
  match,
  throws,
  rejects,
  fail,
});

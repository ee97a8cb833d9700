/**
 * A check `JSON.parse` does not make: it keeps the last of two equal keys and says nothing.
 *
 * @module
 */

/**
 * The first key that occurs twice in one object of a JSON text.
 *
 * @param json Text that `JSON.parse` accepts.
 * @returns The key, or `undefined` if every object's keys are distinct.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findDuplicateKey } from "./json_keys.ts";
 *
 * assert.equal(findDuplicateKey('{"a": {"b": 1}, "b": 2}'), undefined);
 * assert.equal(findDuplicateKey('{"a": 1, "a": 2}'), "a");
 * ```
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  // In valid JSON a string is a key exactly when a colon follows it.
  for (const [part, string, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g)) {
    if (part === "{") open.push(new Set());
    else if (part === "}") open.pop();
    else if (colon !== undefined) {
      const key: string = JSON.parse(string);
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

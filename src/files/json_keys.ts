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
  // A loop, not an expression: a name may be longer than what an expression can remember.
  for (let at = 0; at < json.length; at++) {
    const letter = json[at];
    if (letter === "{") open.push(new Set());
    else if (letter === "}") open.pop();
    else if (letter === '"') {
      const end = stringEnd(json, at);
      // In valid JSON a string is a key exactly when a colon follows it.
      if (isKey(json, end)) {
        const key: string = JSON.parse(json.slice(at, end));
        const keys = open[open.length - 1];
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** The place behind the quotation mark that ends a string. */
function stringEnd(json: string, start: number): number {
  for (let at = start + 1;;) {
    const mark = json.indexOf('"', at);
    let slashes = 0;
    while (json[mark - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return mark + 1;
    at = mark + 1;
  }
}

function isKey(json: string, end: number): boolean {
  let at = end;
  while (json[at] === " " || json[at] === "\n" || json[at] === "\r" || json[at] === "\t") at++;
  return json[at] === ":";
}

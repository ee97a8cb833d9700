import assert from "node:assert/strict";
import pageAssert from "./page/assert.ts";

/** Calls that both must judge alike: their arguments, and whether they pass. */
const cases: readonly [name: keyof typeof pageAssert & keyof typeof assert, args: unknown[]][] = [
  ["ok", [1]],
  ["ok", [0]],
  ["equal", [NaN, NaN]],
  ["equal", [0, -0]],
  ["equal", ["1", 1]],
  ["notEqual", [1, 1]],
  ["notEqual", [1, 2]],
  ["deepEqual", [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }]],
  ["deepEqual", [{ a: 1, b: 2 }, { b: 2, a: 1 }]],
  ["deepEqual", [{ a: 1 }, { a: 1, b: undefined }]],
  ["deepEqual", [[1, 2], [1, 3]]],
  ["deepEqual", [[1, 2], [1]]],
  ["deepEqual", [[0], [-0]]],
  ["deepEqual", [Float32Array.of(1, 2), Float32Array.of(1, 2)]],
  ["deepEqual", [Float32Array.of(1, NaN), Float32Array.of(1, NaN)]],
  ["deepEqual", [Float32Array.of(1, 2), Float32Array.of(1, 3)]],
  ["deepEqual", [Float32Array.of(1), Int32Array.of(1)]],
  ["deepEqual", [[1], { 0: 1, length: 1 }]],
  ["deepEqual", [new Map([["a", [1]]]), new Map([["a", [1]]])]],
  ["deepEqual", [new Map([["a", 1]]), new Map([["a", 2]])]],
  ["deepEqual", [new Set([1]), new Set([2])]],
  ["deepEqual", [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer]],
  ["notDeepEqual", [[1], [1]]],
  ["notDeepEqual", [[1], [2]]],
  ["match", ["abc", /b/]],
  ["match", ["abc", /x/]],
  ["throws", [() => {}]],
  ["throws", [fails, RangeError]],
  ["throws", [fails, TypeError]],
  ["throws", [fails, /^RangeError: wrong$/]],
  ["throws", [fails, /right/]],
  ["throws", [fails, { name: "RangeError", message: /wrong/ }]],
  ["throws", [fails, { message: "right" }]],
  ["throws", [fails, () => true]],
  ["throws", [fails, () => false]],
  ["fail", ["always"]],
];

function fails(): never {
  throw new RangeError("wrong");
}

Deno.test("assertions in a page pass and fail as those under Deno", () => {
  for (const [name, args] of cases) {
    const passes = [assert, pageAssert].map((tool) => {
      try {
        (tool[name] as (...args: unknown[]) => void)(...args);
        return true;
      } catch {
        return false;
      }
    });
    assert.equal(passes[1], passes[0], `${name}(${args.map(String).join(", ")})`);
  }
});

Deno.test("assertions in a page reject as those under Deno", async () => {
  const late = Promise.reject(new RangeError("wrong"));
  await pageAssert.rejects(late, /RangeError: wrong/);
  await pageAssert.rejects(() => late, RangeError);
  await assert.rejects(pageAssert.rejects(late, /right/), /does not match/);
  await assert.rejects(pageAssert.rejects(Promise.resolve()), /nothing was rejected/);
});

import assert from "node:assert/strict";
import { defineKernel } from "../../src/device/kernel.ts";

const parts = { name: "test", wgsl: [], phases: () => [] } as const;

Deno.test("defineKernel: two arguments of one name are refused", () => {
  assert.throws(
    () => defineKernel({ ...parts, reads: { x: "f32" }, writes: { x: "f32" }, constants: {} }),
    /^TypeError: Cannot declare kernel test: it has two arguments x$/,
  );
});

Deno.test("defineKernel: HAS_X needs an optional operand x", () => {
  const kernel = (x: "f32" | "f32?") =>
    defineKernel({ ...parts, reads: { x }, writes: {}, constants: { HAS_X: "bool" } });
  assert.equal(kernel("f32?").name, "test");
  assert.throws(
    () => kernel("f32"),
    /^TypeError: Cannot declare kernel test: HAS_X needs an optional operand x$/,
  );
});

import assert from "node:assert/strict";
import { defineKernel } from "../../src/device/kernel.ts";
import { callKernel } from "../../src/tensor/kernel_call.ts";
import { input } from "../../src/tensor/value.ts";

const kernel = defineKernel({
  name: "scale_add",
  reads: { x: "f32", codes: "i8", bias: "f32?" },
  writes: { y: "f32" },
  constants: { COUNT: "u32", HAS_BIAS: "bool", CAUSAL: "bool", SCALE: "f32" },
  wgsl: [],
  phases: () => [],
});

const x = input("x", [4]);
const bias = input("bias", [4]);
const y = input("y", [4]);
const codes = input("codes", [4], "i8");
const constants = { SCALE: 0.5, CAUSAL: true, COUNT: 4 };
const rest = { writes: { y }, extent: [4] };

Deno.test("callKernel: arguments come in the declared order; flags follow from what is there", () => {
  const call = callKernel(kernel, { ...rest, reads: { bias, codes, x }, constants, flops: 8 });
  assert.deepEqual(call.reads, [x, codes, bias]);
  assert.deepEqual(call.writes, [y]);
  assert.deepEqual(Object.entries(call.constants), [
    ["COUNT", 4],
    ["HAS_BIAS", 1],
    ["CAUSAL", 1],
    ["SCALE", 0.5],
  ]);
  assert.equal(call.flops, 8);
  const without = callKernel(kernel, { ...rest, reads: { x, codes, bias: undefined }, constants });
  assert.deepEqual(without.reads, [x, codes, null]);
  assert.equal(without.constants.HAS_BIAS, 0);
});

Deno.test("callKernel: what is missing, surplus or of another type does not compile and is named", () => {
  const reads = { x, codes, bias };
  assert.throws(
    // @ts-expect-error codes are missing
    () => callKernel(kernel, { ...rest, reads: { x, bias }, constants }),
    /^TypeError: Cannot call kernel scale_add: operand codes is missing$/,
  );
  assert.throws(
    // @ts-expect-error there is no z
    () => callKernel(kernel, { ...rest, reads: { ...reads, z: x }, constants }),
    /^TypeError: Cannot call kernel scale_add: it has no operand z$/,
  );
  assert.throws(
    () => callKernel(kernel, { ...rest, reads: { ...reads, x: codes, codes: x }, constants }),
    /^TypeError: Cannot call kernel scale_add: operand x must be f32, got i8$/,
  );
  assert.throws(
    // @ts-expect-error COUNT is missing
    () => callKernel(kernel, { ...rest, reads, constants: { SCALE: 1, CAUSAL: true } }),
    /^TypeError: Cannot call kernel scale_add: constant COUNT is missing$/,
  );
  assert.throws(
    // @ts-expect-error there is no STRIDE
    () => callKernel(kernel, { ...rest, reads, constants: { ...constants, STRIDE: 1 } }),
    /^TypeError: Cannot call kernel scale_add: it has no constant STRIDE$/,
  );
  assert.throws(
    () => callKernel(kernel, { ...rest, reads, constants, stepBytes: 64 }),
    /^TypeError: Cannot call kernel scale_add with stepBytes 64: it reads no step uniform$/,
  );
  assert.throws(
    () => callKernel({ ...kernel, usesStep: true }, { ...rest, reads, constants }),
    /^TypeError: Cannot call kernel scale_add with stepBytes 0: it reads the step uniform$/,
  );
  // @ts-expect-error flags are booleans
  callKernel(kernel, { ...rest, reads, constants: { ...constants, CAUSAL: 2 } });
  // @ts-expect-error an optional operand must not be forgotten
  callKernel(kernel, { ...rest, reads: { x, codes }, constants });
});

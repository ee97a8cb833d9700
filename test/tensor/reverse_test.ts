import assert from "node:assert/strict";
import { add, addOp } from "../../src/tensor/add.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { apply, type Op } from "../../src/tensor/op.ts";
import { Parameter, ParameterLayout, ParameterValue } from "../../src/tensor/parameter.ts";
import { ancestors, reverse } from "../../src/tensor/reverse.ts";
import { input, Value } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";

const MAX_BINDING_BYTES = 1 << 20;

function parameter(name: string, shape: number[]): Parameter {
  return new Parameter({
    parts: [{ name, shape }],
    initializer: { kind: "constant", value: 0 },
    decay: true,
  });
}

/** The sum of two, whose rule takes what is pending and writes into place: it shows what reverse says. */
function recordingOp(
  log: string[],
  options: { take?: boolean; store?: boolean } = {},
): Op<null> {
  return {
    ...addOp,
    name: "recording",
    vjp({ cotangents, wants, takePending, storesInto }) {
      const dy = cotangents[0]!;
      const gradients: (Value | undefined)[] = [undefined, undefined];
      for (const i of [0, 1]) {
        log.push(`wants(${i}) ${wants(i)}`);
        if (!wants(i)) continue;
        const pending = options.take ? takePending(i) : undefined;
        if (options.take) log.push(`pending(${i}) ${pending !== undefined}`);
        if (options.store) log.push(`accumulate(${i}) ${storesInto(i).accumulate}`);
        gradients[i] = pending ? add(dy, pending) : add(dy, dy);
      }
      return gradients;
    },
  };
}

const array = (...values: number[]) => Float32Array.from(values);

deviceTest("reverse: a value used twice gets the sum of both gradients", async (device) => {
  const x = input("x", [2]);
  const y = add(add(x, x), x);
  const dy = input("dy", [2]);
  const dx = reverse(y, dy, { wrt: [x] }).gradients.get(x)!;
  const [actual] = await evaluate(device, [dx], new Map([[dy, array(1, -2)]]));
  assert.deepEqual(actual, array(3, -6));
});

deviceTest(
  "reverse: the parameter gradients of several uses accumulate in place",
  async (device) => {
    const w = parameter("w", [3]);
    const other = parameter("other", [3]);
    const layout = new ParameterLayout([w, other], MAX_BINDING_BYTES);
    const [value, otherValue] = [layout.value(w), layout.value(other)];
    const y = add(add(value, otherValue), value);
    const dy = input("dy", [3]);
    for (const accumulate of [false, true]) {
      const { stores, gradients } = reverse(y, dy, { layout, accumulate });
      assert.equal(gradients.size, 0);
      const offsets = (values: readonly Value[]) =>
        values.map((v) => v.location!.byteOffset).sort();
      assert.deepEqual(offsets(stores), offsets([value, value, otherValue]));
      const before = new Value(w, { location: layout.gradientLocation(w) });
      const beforeOther = new Value(other, { location: layout.gradientLocation(other) });
      const feeds = new Map<Value, HostArray>([
        [dy, array(1, 2, 3)],
        [before, array(100, 100, 100)],
        [beforeOther, array(50, 50, 50)],
      ]);
      const results = await evaluate(device, [...stores, before, beforeOther], feeds);
      const [dw, dOther] = results.slice(-2);
      assert.deepEqual(dw, accumulate ? array(102, 104, 106) : array(2, 4, 6));
      assert.deepEqual(dOther, accumulate ? array(51, 52, 53) : array(1, 2, 3));
    }
  },
);

Deno.test("reverse: an announced parameter gradient is written by its own node, others are stored", () => {
  for (const announced of [false, true]) {
    const w = parameter("w", [3]);
    const x = input("x", [3]);
    const layout = new ParameterLayout([w], MAX_BINDING_BYTES);
    const log: string[] = [];
    const [y] = apply(recordingOp(log, { store: announced }), [x, layout.value(w)], null);
    const { stores } = reverse(y, input("dy", [3]), { layout });
    assert.deepEqual(stores.map((value) => value.node!.op.name), [announced ? "add" : "store"]);
    assert.deepEqual(stores[0].location, layout.gradientLocation(w));
    assert.deepEqual(
      log,
      announced
        ? ["wants(0) false", "wants(1) true", "accumulate(1) false"]
        : ["wants(0) false", "wants(1) true"],
    );
  }
});

Deno.test("reverse: storesInto says whether to add: second uses do, so does every later micro-batch", () => {
  const logOf = (accumulate: boolean) => {
    const w = parameter("w", [3]);
    const layout = new ParameterLayout([w], MAX_BINDING_BYTES);
    const log: string[] = [];
    const op = recordingOp(log, { store: true });
    const [once] = apply(op, [input("x", [3]), layout.value(w)], null);
    const [twice] = apply(op, [once, layout.value(w)], null);
    reverse(twice, input("dy", [3]), { layout, accumulate });
    return log.filter((line) => line.startsWith("accumulate(1)"));
  };
  assert.deepEqual(logOf(false), ["accumulate(1) false", "accumulate(1) true"]);
  assert.deepEqual(logOf(true), ["accumulate(1) true", "accumulate(1) true"]);
});

deviceTest("reverse: a pending gradient that a rule takes is not added again", async (device) => {
  const log: string[] = [];
  const x = input("x", [2]);
  const z = input("z", [2]);
  const [branch] = apply(recordingOp(log, { take: true }), [x, z], null);
  const y = add(x, branch);
  const dy = input("dy", [2]);
  const { gradients } = reverse(y, dy, { wrt: [x] });
  assert.deepEqual(log, ["wants(0) true", "pending(0) true", "wants(1) false"]);
  const [dx] = await evaluate(device, [gradients.get(x)!], new Map([[dy, array(1, -2)]]));
  assert.deepEqual(dx, array(2, -4));
});

Deno.test("reverse: the gradient of a parameter's codes goes to the parameter", () => {
  const w = parameter("w", [2, 4]);
  const layout = new ParameterLayout([w], MAX_BINDING_BYTES);
  const buffer = { label: "codes", byteLength: 8 };
  const codes = new ParameterValue(w, { buffer, byteOffset: 0 }, "i8");
  const dequantize: Op<null> = {
    ...addOp,
    name: "dequantize",
    infer: ([type]) => [{ shape: type.shape, dtype: "f32" }],
    vjp: ({ cotangents }) => [cotangents[0]],
  };
  const [y] = apply(dequantize, [codes], null);
  const { stores } = reverse(y, input("dy", [2, 4]), { layout });
  assert.deepEqual(stores.map((value) => value.location), [layout.gradientLocation(w)]);
});

Deno.test("reverse: only the branches that lead to what is wanted are differentiated", () => {
  const closed: Op<null> = { ...addOp, name: "closed", vjp: undefined };
  const x = input("x", [2]);
  const z = input("z", [2]);
  const [fixed] = apply(closed, [z, z], null);
  const y = add(x, fixed);
  const dy = input("dy", [2]);
  const { gradients } = reverse(y, dy, { wrt: [x] });
  assert.equal(gradients.get(x), dy);
  assert.throws(
    () => reverse(y, dy, { wrt: [z] }),
    /TypeError: Cannot differentiate closed: it has no vjp rule/,
  );
});

Deno.test("reverse: a leaf that the loss does not depend on has no gradient", () => {
  const x = input("x", [2]);
  const stranger = input("stranger", [2]);
  const { gradients } = reverse(add(x, x), input("dy", [2]), { wrt: [x, stranger] });
  assert.deepEqual([...gradients.keys()], [x]);
});

Deno.test("ancestors: each node once, in creation order", () => {
  const x = input("x", [2]);
  const a = add(x, x);
  const b = add(a, x);
  const c = add(b, a);
  assert.deepEqual(ancestors([c, a]), [a.node, b.node, c.node]);
});

Deno.test("reverse: a parameter of another layout gets no gradient", () => {
  const [w, frozen] = [parameter("w", [3]), parameter("frozen", [3])];
  const layout = new ParameterLayout([w], MAX_BINDING_BYTES);
  const other = new ParameterLayout([frozen], MAX_BINDING_BYTES);
  const y = add(layout.value(w), other.value(frozen));
  const { stores } = reverse(y, input("dy", [3]), { layout });
  assert.deepEqual(stores.map(({ location }) => location), [layout.gradientLocation(w)]);
});

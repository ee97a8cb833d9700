import assert from "node:assert/strict";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";

function parameter(name: string, shape: number[], decay: boolean): Parameter {
  return new Parameter({
    parts: [{ name, shape }],
    initializer: { kind: "constant", value: 0 },
    decay,
  });
}

Deno.test("ParameterLayout: aligned to 256 bytes, what decays comes first", () => {
  const gain = parameter("gain", [5], false);
  const w = parameter("w", [3, 50], true);
  const scalar = parameter("scalar", [], false);
  const v = parameter("v", [64], true);
  const layout = new ParameterLayout([gain, w, scalar, v], 1 << 20);
  assert.equal(layout.shards.length, 1);
  const [shard] = layout.shards;
  assert.deepEqual(
    [w, v, gain, scalar].map((p) => layout.placement(p).offset),
    [0, 192, 256, 320],
  );
  assert.deepEqual([shard.decayLength, shard.length], [256, 384]);
  assert.equal(layout.parameterCount, 5 + 150 + 1 + 64);
  for (const spec of [shard.parameters, shard.gradients]) {
    assert.equal(spec.byteLength, 384 * 4);
  }
  assert.deepEqual(layout.value(gain).location, { buffer: shard.parameters, byteOffset: 1024 });
  assert.deepEqual(layout.gradientLocation(gain), { buffer: shard.gradients, byteOffset: 1024 });
});

Deno.test("ParameterLayout: splits where a shard would exceed what a kernel can bind", () => {
  const parameters = Array.from({ length: 5 }, (_, i) => parameter(`p${i}`, [64], i % 2 === 0));
  // Room for two parameters of 256 bytes and a useless rest.
  const layout = new ParameterLayout(parameters, 600);
  assert.deepEqual(layout.shards.map((shard) => shard.length), [128, 128, 64]);
  assert.deepEqual(layout.shards.map((shard) => shard.decayLength), [64, 64, 64]);
  assert.deepEqual(
    parameters.map((p) => {
      const { shard, offset } = layout.placement(p);
      return [layout.shards.indexOf(shard), offset];
    }),
    [[0, 0], [0, 64], [1, 0], [1, 64], [2, 0]],
  );
  assert.deepEqual(layout.shards.map((s) => s.gradients.label), [
    "gradients 0",
    "gradients 1",
    "gradients 2",
  ]);
});

Deno.test("ParameterLayout: what derives from a parameter lies in its buffer", () => {
  const first = parameter("first", [64], true);
  const weight = parameter("weight", [64], true);
  const derived = new Parameter({
    parts: [{ name: "derived", shape: [1] }],
    initializer: { kind: "derived", from: weight, derive: (values) => values.subarray(0, 1) },
    decay: false,
  });
  // Room for two: without the tie, the derived one alone would begin the second buffer.
  const layout = new ParameterLayout([first, weight, derived], 600);
  assert.deepEqual(layout.shards.map((shard) => shard.length), [64, 128]);
  assert.deepEqual(layout.placement(weight), { shard: layout.shards[1], offset: 0 });
  assert.deepEqual(layout.placement(derived), { shard: layout.shards[1], offset: 64 });
  assert.equal(layout.shards[1].decayLength, 64);
  assert.throws(() => new ParameterLayout([weight, derived], 300), /Cannot place weight/);
});

Deno.test("ParameterLayout: a parameter that cannot be bound is a RangeError", () => {
  assert.throws(
    () => new ParameterLayout([parameter("embed", [100, 10], true)], 2048),
    /RangeError: Cannot place embed of 4000 bytes: the device binds at most 2048 bytes/,
  );
});

Deno.test("ParameterLayout: strangers are refused", () => {
  const layout = new ParameterLayout([], 1 << 20);
  assert.equal(layout.shards.length, 1);
  assert.throws(() => layout.placement(parameter("w", [1], true)), /TypeError: Cannot find w/);
});

Deno.test("Parameter: parts lie one after another along the first dimension", () => {
  const qkv = new Parameter({
    parts: [{ name: "q", shape: [4, 6] }, { name: "k", shape: [2, 6] }, {
      name: "v",
      shape: [2, 6],
    }],
    initializer: { kind: "normal", standardDeviation: 0.02 },
    decay: true,
  });
  const first = parameter("first", [10], true);
  assert.deepEqual(qkv.shape, [8, 6]);
  assert.equal(qkv.name, "q + k + v");
  const layout = new ParameterLayout([first, qkv], 1 << 20);
  assert.deepEqual(
    [...layout.parts()].map(({ name, shape, offset }) => [name, shape, offset]),
    [["first", [10], 0], ["q", [4, 6], 64], ["k", [2, 6], 88], ["v", [2, 6], 100]],
  );
  assert.throws(
    () => new Parameter({ parts: [], initializer: { kind: "constant", value: 0 }, decay: true }),
    /TypeError: Cannot make a parameter without parts/,
  );
});

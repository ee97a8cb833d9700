import assert from "node:assert/strict";
import { ADAMW_SCALARS, adamwScalars } from "../../src/ops/adamw.ts";
import {
  ACTIVATION_MOMENTUM,
  encodeStep,
  MAX_OPTIMIZER_SCALARS,
  OPTIMIZER_OFFSET,
  STEP_BYTES,
  STEP_FIELDS,
} from "../../src/ops/step_values.ts";

const kernels = new URL("../../kernels/", import.meta.url);

/** Name and type of every scalar of the step uniform where the optimizer is AdamW, in their order. */
const layout: readonly (readonly [name: string, type: string])[] = [
  ...STEP_FIELDS,
  ...ADAMW_SCALARS.map((name) => [name, "f32"] as const),
];

Deno.test("encodeStep: every scalar lies where the layout says", () => {
  const adamw = { learningRate: 0.5, weightDecay: 0.25, beta1: 0.5, beta2: 0.75, epsilon: 0.125 };
  const optimizer = adamwScalars({ ...adamw, clip: 2 }, 2);
  const bytes = encodeStep({ step: 2, seed: 5 + 2 ** 32, position: 7, optimizer });
  assert.equal(bytes.byteLength, STEP_BYTES);
  const view = new DataView(bytes.buffer);
  const found = layout.map(([name, type], i) => {
    const value = type === "u32" ? view.getUint32(4 * i, true) : view.getFloat32(4 * i, true);
    return [name, value];
  });
  assert.deepEqual(Object.fromEntries(found), {
    step: 2,
    seed: 5,
    position: 7,
    activation_momentum: Math.fround(ACTIVATION_MOMENTUM),
    learning_rate: 0.5,
    weight_decay: 0.25,
    beta1: 0.5,
    beta2: 0.75,
    epsilon: 0.125,
    clip: 2,
    correction1: 0.75,
    correction2: 0.4375,
  });
});

Deno.test("encodeStep: an optimizer with more scalars than there is room for", () => {
  const optimizer = Array<number>(MAX_OPTIMIZER_SCALARS).fill(1);
  assert.equal(encodeStep({ step: 1, seed: 0, optimizer }).at(-1), 0x3f);
  assert.throws(
    () => encodeStep({ step: 1, seed: 0, optimizer: [...optimizer, 1] }),
    { name: "RangeError", message: /13 scalars .* room for 12/ },
  );
});

/** Files of kernels in any folder, by name, with their source. */
async function* sources(ending: string, folder = kernels): AsyncGenerator<[string, string]> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(ending, new URL(`${name}/`, folder));
    else if (name.endsWith(ending)) yield [name, await Deno.readTextFile(new URL(name, folder))];
  }
}

Deno.test("step uniform: the WGSL has its members where the layout has them", async () => {
  const checked: string[] = [];
  for await (const [name, source] of sources(".wgsl")) {
    const struct = /^struct Step \{([^}]*)\}/m.exec(source)?.[1];
    if (struct === undefined) continue;
    const members = struct.split(",").map((member) => member.trim()).filter((m) => m !== "");
    const expected = layout.slice(0, members.length).map(([field, type]) => `${field}: ${type}`);
    assert.deepEqual(members, expected, name);
    checked.push(name);
  }
  assert.deepEqual(checked.sort(), [
    ...["adamw.wgsl", "dropout.wgsl", "running_max.wgsl", "step_record.wgsl"],
  ]);
});

Deno.test("step uniform: the AssemblyScript has its offsets where the layout has them", async () => {
  const offsetsOf = (source: string) =>
    [...source.matchAll(/^(?:export )?const (\w+): usize = (\d+);$/gm)]
      .map(([, name, offset]) => [name.toLowerCase(), Number(offset)] as const);
  const expected = layout.map(([name], i) => [name, 4 * i] as const);
  const found = new Map<string, (readonly [string, number])[]>();
  for await (const [name, source] of sources(".as.ts")) found.set(name, offsetsOf(source));
  assert.deepEqual(found.get("step.as.ts"), expected.slice(0, STEP_FIELDS.length));
  assert.deepEqual(found.get("adamw.as.ts"), expected.slice(STEP_FIELDS.length));
  assert.equal(expected[STEP_FIELDS.length][1], OPTIMIZER_OFFSET);
});

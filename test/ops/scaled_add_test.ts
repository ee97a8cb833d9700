import assert from "node:assert/strict";
import { scaledAdd, scaledAddOp } from "../../src/ops/scaled_add.ts";
import { encodeStep } from "../../src/ops/step_values.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { apply } from "../../src/tensor/op.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { input } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal, testOp } from "./sweep.ts";

testOp(scaledAddOp, [], [
  {
    name: "shapes that differ",
    run: () =>
      apply(scaledAddOp, ["x", "norm", "y"].map((n, i) => input(n, [4 + i])), { x: 0, y: 1 }),
    message:
      /^Cannot apply scaled_add to \(4\), \(5\), \(6\): x and y must be f32 and of one shape$/,
  },
  {
    name: "part of a word",
    run: () => scaledAdd(input("y", [6]), input("x", [6]), input("norm", [1]), { x: 0, y: 1 }),
    message: /multiple of four$/,
  },
]);

const optimizer = Array.from({ length: 12 }, (_, i) => 0.25 * (i + 1) - 1.5);

for (const [length, x, y] of [[4, 0, 1], [1000, 11, 4], [40_000, 7, 7]]) {
  deviceTest(`scaled_add: ${length} elements, scalars ${x} and ${y}`, async (device) => {
    const [target, source, norm] = [input("y", [length]), input("x", [length]), input("norm", [1])];
    const sum = scaledAdd(target, source, norm, { x, y });
    assert.equal(sum.location, target.location);
    using plan = await CompiledPlan.make(device, makePlan([sum]));
    const [before, added] = [normal(length, 1), normal(length, 2)];
    plan.write(source, added);
    const run = async (normValue: number) => {
      plan.write(target, before);
      plan.write(norm, Float32Array.of(normValue));
      plan.run(encodeStep({ step: 1, seed: 0, optimizer }));
      return await plan.read(target);
    };
    const expected = before.map((value, i) => optimizer[y] * value + optimizer[x] * added[i]);
    assertClose(await run(3), expected, { rtol: 1e-6, label: "y" });
    const [reference] = scaledAddOp.reference(
      [Float64Array.from(added), Float64Array.of(3), Float64Array.from(before)],
      { ...sum.node!, attributes: { x, y } } as never,
      { step: 1, seed: 0, optimizer },
    );
    assertClose(reference, expected, { rtol: 1e-6, label: "reference" });
    for (const bad of [NaN, Infinity, -Infinity]) assert.deepEqual(await run(bad), before);
  });
}

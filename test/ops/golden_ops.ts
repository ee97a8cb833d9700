/**
 * Outputs and gradients of single ops as an independent PyTorch implementation computed them
 * (`test/golden/ops`).
 *
 * @module
 */
import assert from "node:assert/strict";
import { toFloat32, toInt32 } from "../../src/files/tensor.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { goldenJson, goldenTensors } from "../golden_files.ts";
import { encodeStep } from "../../src/ops/step_values.ts";
import { testStep } from "./sweep.ts";

/** One op of `ops.json`. */
export type GoldenAttributes =
  & { readonly inputs: readonly string[] }
  & Readonly<Record<string, unknown>>;

const attributes: Record<string, GoldenAttributes> = await goldenJson("ops/ops.json");
const tensors = await goldenTensors("ops/ops.safetensors");

/** A tensor of the file as a host array, with its shape. */
export function goldenTensor(key: string): { readonly shape: number[]; readonly data: HostArray } {
  const tensor = tensors.get(key);
  assert.ok(tensor, `there is no golden tensor ${key}`);
  const data = tensor.dtype === "F32" ? toFloat32(tensor) : toInt32(tensor);
  return { shape: [...tensor.shape], data };
}

/** What a golden op is made of. */
export interface GoldenCase {
  /** Key prefix in the file. */
  readonly name: string;
  /** Names of integer inputs, which `ops.json` does not list. */
  readonly integers?: readonly string[];
  /** Other shapes of as many elements for inputs that ops take as matrices. */
  readonly shapes?: Readonly<Record<string, (shape: readonly number[]) => number[]>>;
  /** Builds the output from the inputs by name. */
  apply(inputs: Readonly<Record<string, Value>>, attributes: GoldenAttributes): Value;
  /** Default 1e-5. */
  readonly rtol?: number;
  /** Default as `rtol`. */
  readonly gradientRtol?: number;
}

/** Registers the comparison of y and of the gradient of every input. */
export function testGolden(
  { name, integers = [], shapes = {}, apply, rtol, gradientRtol }: GoldenCase,
): void {
  deviceTest(`golden: ${name}`, async (device) => {
    const inputs: Record<string, Value> = {};
    const feeds = new Map<Value, HostArray>();
    const names = attributes[name].inputs;
    for (const key of [...names, ...integers]) {
      const { shape, data } = goldenTensor(`${name}.${key}`);
      inputs[key] = input(
        key,
        shapes[key]?.(shape) ?? shape,
        integers.includes(key) ? "i32" : "f32",
      );
      feeds.set(inputs[key], data);
    }
    const y = apply(inputs, attributes[name]);
    const expected = goldenTensor(`${name}.y`);
    assert.deepEqual([...y.shape], expected.shape);
    const dy = input("dy", y.shape);
    feeds.set(dy, goldenTensor(`${name}.grad_y`).data);
    const wrt = names.map((key) => inputs[key]);
    const { gradients } = reverse(y, dy, { wrt });
    const results = [y, ...wrt.map((value) => gradients.get(value)!)];
    const [actual, ...actualGradients] = await evaluate(
      device,
      results,
      feeds,
      encodeStep(testStep),
    );
    assertClose(actual, expected.data, { rtol, label: "y" });
    names.forEach((key, i) => {
      const gradient = goldenTensor(`${name}.grad_${key}`).data;
      const label = `gradient of ${key}`;
      assertClose(actualGradients[i], gradient, { rtol: gradientRtol ?? rtol, label });
    });
  });
}

/** Weight quantizers against golden values: the float64 formulas, and the kernels that run them. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { InputError } from "../../src/errors.ts";
import { readSafetensors, type StoredTensor, toFloat32 } from "../../src/files/safetensors.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { WeightCodes } from "../../src/nn/weight_codes.ts";
import { weightQuantizer, weightQuantizers } from "../../src/quant/schemes.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { unpackCodes } from "../../src/tensor/evaluate.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";

const path = fileURLToPath(new URL("../golden/quantizers/weights.safetensors", import.meta.url));
const { tensors } = await readSafetensors(path);

interface GoldenCase {
  readonly name: string;
  readonly bits: number;
  readonly scheme: string;
  readonly granularity: "tensor" | "row";
  readonly weights: Float32Array;
  readonly shape: readonly number[];
  readonly codes: Int8Array;
  readonly scale: Float32Array;
}

const int8 = ({ data }: StoredTensor) => new Int8Array(data.buffer, data.byteOffset, data.length);

const cases: GoldenCase[] = [];
for (const [key, codes] of tensors) {
  const match = /^(\w+)\.(sign|absmean)\.(tensor|row)\.codes$/.exec(key);
  if (!match) continue;
  const [, name, scheme, granularity] = match;
  const weights = tensors.get(`${name}.w`)!;
  cases.push({
    name: `${name} ${scheme} per ${granularity}`,
    bits: scheme === "sign" ? 1 : 1.58,
    scheme,
    granularity: granularity as "tensor" | "row",
    weights: toFloat32(weights),
    shape: weights.shape,
    codes: int8(codes),
    scale: toFloat32(tensors.get(key.replace(/codes$/, "scale"))!),
  });
}

Deno.test("the golden file covers every quantizer", () => {
  const covered = new Set(cases.map(({ scheme }) => scheme));
  for (const { name } of weightQuantizers) assert.ok(covered.has(name), name);
  assert.ok(cases.length >= 20, `${cases.length} cases`);
});

for (const { name, bits, scheme, granularity, weights, shape, codes, scale } of cases) {
  const [rows, columns] = shape;
  Deno.test(`golden weights, float64: ${name}`, () => {
    const quantizer = weightQuantizer(bits, scheme);
    const groups = granularity === "tensor" ? 1 : rows;
    const size = weights.length / groups;
    for (let group = 0; group < groups; group++) {
      const part = (all: Float32Array | Int8Array) => all.slice(group * size, (group + 1) * size);
      const result = quantizer.quantize(Float64Array.from(part(weights)), bits);
      assert.deepEqual(result.codes, part(codes));
      assertClose([result.step], [scale[group]], { rtol: 1e-6, label: "step" });
    }
  });

  deviceTest(`golden weights: ${name}`, async (device) => {
    const parameter = new Parameter({
      parts: [{ name: "w", shape }],
      initializer: { kind: "constant", value: 0 },
      decay: true,
    });
    const layout = new ParameterLayout([parameter], device.description.maxBindingBytes);
    const quantization = makeQuantization({
      weightBits: bits,
      weightScheme: scheme,
      weightGranularity: granularity,
    });
    const weightCodes = new WeightCodes(layout, [{ parameter, quantization }]);
    using plan = await CompiledPlan.make(device, makePlan(weightCodes.quantize()));
    plan.write(parameter, weights);
    plan.run();
    const image = weightCodes.image(parameter);
    assert.deepEqual(unpackCodes(await plan.read(image.codes), columns), codes);
    const steps = Array.from({ length: rows }, (_, row) => scale[granularity === "row" ? row : 0]);
    assertClose(await plan.read(image.steps), steps, { rtol: 1e-6, label: "steps" });
  });
}

Deno.test("an unknown scheme or width says what there is", () => {
  assert.throws(() => weightQuantizer(5), {
    name: "InputError",
    message: "Cannot quantize weights to 5 bits: this version has 1, 1.58, 32",
  });
  assert.throws(() => weightQuantizer(1.58, "sign"), InputError);
  assert.throws(() => makeQuantization({ weightBits: 32, activationBits: 8 }), InputError);
  assert.throws(() => makeQuantization({ weightBits: 1, activationBits: 32 }), InputError);
  assert.throws(() => makeQuantization({ weightGranularity: "group:3" }), InputError);
});

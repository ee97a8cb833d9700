/** Weight quantizers against golden values: the float64 formulas, and the kernels that run them. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSafetensors, type StoredTensor, toFloat32 } from "../../src/files/safetensors.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { weightQuantizer } from "../../src/quant/schemes.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { quantizeMatrices } from "./golden_weights.ts";

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
  readonly cotangents: Float32Array;
  readonly gradients: Float32Array;
}

const int8 = ({ data }: StoredTensor) => new Int8Array(data.buffer, data.byteOffset, data.length);

const ONLY_WIDTH: Readonly<Record<string, number>> = { sign: 1, absmean: 1.58, threshold: 1.58 };

const cases: GoldenCase[] = [];
for (const [key, codes] of tensors) {
  const match = /^(\w+)\.([a-z]+)(\d?)\.(tensor|row)\.codes$/.exec(key);
  if (!match) continue;
  const [, name, scheme, bits, granularity] = match;
  const weights = tensors.get(`${name}.w`)!;
  cases.push({
    name: `${name} ${scheme}${bits} per ${granularity}`,
    bits: bits === "" ? ONLY_WIDTH[scheme] : Number(bits),
    scheme,
    granularity: granularity as "tensor" | "row",
    weights: toFloat32(weights),
    shape: weights.shape,
    codes: int8(codes),
    scale: toFloat32(tensors.get(key.replace(/codes$/, "scale"))!),
    cotangents: toFloat32(tensors.get(`${name}.grad_out`)!),
    gradients: toFloat32(tensors.get(`${name}.grad_w`)!),
  });
}

Deno.test("the golden file covers four schemes and every width", () => {
  const schemes = new Set(cases.map(({ scheme }) => scheme));
  assert.deepEqual([...schemes].sort(), ["absmax", "absmean", "sign", "threshold"]);
  assert.equal(new Set(cases.map(({ bits }) => bits)).size, 9);
  assert.ok(cases.length > 110, `${cases.length} cases`);
});

Deno.test("golden weights, float64", () => {
  for (const { name, bits, scheme, granularity, weights, shape, codes, scale } of cases) {
    const [rows, columns] = shape;
    const groups = granularity === "tensor" ? 1 : rows;
    const size = weights.length / groups;
    for (let group = 0; group < groups; group++) {
      const part = (all: Float32Array | Int8Array) => all.slice(group * size, (group + 1) * size);
      const format = weightQuantizer(bits, scheme).format(bits);
      const result = quantizeGroup(format, part(weights), { columns, threshold: 0.7 });
      assert.deepEqual(result.codes, part(codes), `codes of ${name}`);
      assertClose([result.scale], [scale[group]], { rtol: 1e-6, label: `scale of ${name}` });
    }
  }
});

deviceTest("golden weights", async (device) => {
  const results = await quantizeMatrices(
    device,
    cases.map(({ bits, scheme, granularity, shape, weights, cotangents }) => ({
      quantization: {
        weightBits: bits,
        weightScheme: scheme,
        weightGranularity: granularity,
      },
      shape,
      weights,
      cotangents,
    })),
  );
  cases.forEach(({ name, granularity, shape: [rows], codes, scale, gradients }, i) => {
    const result = results[i];
    assert.deepEqual(result.codes, codes, `codes of ${name}`);
    const scales = Array.from({ length: rows }, (_, row) => scale[granularity === "row" ? row : 0]);
    assertClose(result.scales, scales, { rtol: 1e-6, label: `scales of ${name}` });
    assert.deepEqual(result.weightGradients, gradients, `gradients of ${name}`);
  });
});

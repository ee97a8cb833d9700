/** Learned scales against golden values of ParetoQ's formulas: in float64, and by the kernels. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSafetensors, type StoredTensor, toFloat32 } from "../../src/files/safetensors.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { learnedScales } from "../../src/nn/weight_scales.ts";
import { groupGradients, quantizeGroup, startOfScale } from "../../src/quant/quantize_group.ts";
import { weightQuantizer } from "../../src/quant/schemes.ts";
import { Parameter } from "../../src/tensor/parameter.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal } from "../ops/sweep.ts";
import { quantizeMatrices } from "./golden_weights.ts";

const path = fileURLToPath(new URL("../golden/quantizers/steps.safetensors", import.meta.url));
const { tensors } = await readSafetensors(path);
const { steps: golden } = JSON.parse(
  await Deno.readTextFile(new URL("../golden/quantizers/quantizers.json", import.meta.url)),
);

const int8 = ({ data }: StoredTensor) => new Int8Array(data.buffer, data.byteOffset, data.length);

const cases = Object.keys(golden).map((key) => {
  const name = key.slice(0, key.indexOf("."));
  const { bits, kind, grad_scale } = golden[key] as Record<string, number> & { kind: string };
  const tensor = (part: string) => toFloat32(tensors.get(`${key}.${part}`)!);
  const codes = int8(tensors.get(`${key}.codes`)!);
  return {
    key,
    bits,
    scheme: kind,
    factor: grad_scale,
    shape: tensors.get(`${name}.w`)!.shape,
    weights: toFloat32(tensors.get(`${name}.w`)!),
    cotangents: toFloat32(tensors.get(`${name}.grad_out`)!),
    learned: tensor("alpha"),
    // At two bits the file counts the levels −2 to 1, which are the odd codes here.
    codes: kind === "seq" && bits === 2 ? codes.map((code) => 2 * code + 1) : codes,
    dequantized: tensor("dequant"),
    // Not −0, which a product with 0 leaves behind.
    weightGradients: tensor("grad_w").map((gradient) => gradient + 0),
    scaleGradients: tensor("grad_alpha"),
  };
});

Deno.test("the golden file covers both schemes", () => {
  const kinds = new Set(cases.map(({ scheme, bits }) => scheme + bits));
  assert.deepEqual([...kinds].sort(), ["lsq1", "lsq3", "lsq4", "lsq8", "seq1", "seq1.58", "seq2"]);
});

Deno.test("golden learned scales, float64", () => {
  for (const golden of cases) {
    const { key, bits, scheme, weights, shape: [rows, columns] } = golden;
    const format = weightQuantizer(bits, scheme).format(bits);
    for (let row = 0; row < rows; row++) {
      const part = <T extends Float32Array | Int8Array>(all: T) =>
        all.slice(row * columns, (row + 1) * columns) as T;
      const options = { learned: golden.learned[row] };
      const image = quantizeGroup(format, part(weights), options);
      assert.deepEqual(image.codes, part(golden.codes), `codes of ${key}`);
      const values = Float64Array.from(image.codes, (code) => code * image.scale);
      assertClose(values, part(golden.dequantized), { rtol: 1e-6, label: key });
      const gradients = groupGradients(format, part(weights), image, part(golden.cotangents));
      assert.deepEqual(Float32Array.from(gradients.weights), part(golden.weightGradients), key);
      assertClose([golden.factor * gradients.scale], [golden.scaleGradients[row]], {
        rtol: 1e-5,
        atol: 1e-6,
        label: `scale gradient of ${key}`,
      });
    }
  }
});

Deno.test("scales start as in ParetoQ", () => {
  for (const { key, bits, scheme, weights, shape, learned } of cases) {
    if (!key.endsWith(".init")) continue;
    const weight = new Parameter({
      parts: [{ name: "m.weight", shape }],
      initializer: { kind: "constant", value: 0 },
      decay: true,
    });
    const scales = learnedScales(
      weight,
      makeQuantization({ weightBits: bits, weightScheme: scheme }),
    )!;
    assert.deepEqual(scales.parts, [{ name: "m.weight_step", shape: [shape[0], 1] }]);
    assert.equal(scales.decay, false);
    assert.ok(scales.initializer.kind === "derived");
    assertClose(scales.initializer.derive(weights), learned, { rtol: 1e-6, label: key });
  }
});

Deno.test("one scale for a matrix starts from all of its weights", () => {
  const weight = new Parameter({
    parts: [{ name: "a.weight", shape: [2, 3] }, { name: "b.weight", shape: [1, 3] }],
    initializer: { kind: "constant", value: 0 },
    decay: true,
  });
  const quantization = makeQuantization({
    weightBits: 4,
    weightScheme: "lsq",
    weightGranularity: "tensor",
  });
  const scales = learnedScales(weight, quantization)!;
  assert.deepEqual(scales.parts.map(({ shape }) => shape), [[1, 1], [1, 1]]);
  assert.ok(scales.initializer.kind === "derived");
  const starts = scales.initializer.derive(Float32Array.of(1, -14, 3, 7, 0, 0, 0, 0, 3.5));
  assert.deepEqual(starts, Float32Array.of(2, 0.5));
  assert.equal(learnedScales(weight, makeQuantization()), undefined);
});

Deno.test("one scale for each group starts from the weights of the group", () => {
  const weight = new Parameter({
    parts: [{ name: "a.weight", shape: [1, 33] }, { name: "b.weight", shape: [2, 33] }],
    initializer: { kind: "constant", value: 0 },
    decay: true,
  });
  const options = { weightBits: 4, weightScheme: "lsq", weightGranularity: "group:32" };
  const scales = learnedScales(weight, makeQuantization(options))!;
  assert.deepEqual(scales.parts.map(({ shape }) => shape), [[1, 2], [2, 2]]);
  assert.ok(scales.initializer.kind === "derived");
  const values = Float32Array.from({ length: 99 }, (_, i) => i);
  const starts = [31, 32, 64, 65, 97, 98].map((largest) => Math.fround(largest / 7));
  assert.deepEqual(scales.initializer.derive(values), Float32Array.from(starts));
});

deviceTest("golden learned scales", async (device) => {
  const results = await quantizeMatrices(
    device,
    cases.map(({ bits, scheme, ...golden }) => ({
      ...golden,
      quantization: { weightBits: bits, weightScheme: scheme },
    })),
  );
  cases.forEach((golden, i) => {
    const { key, shape: [, columns] } = golden;
    const result = results[i];
    assert.deepEqual(result.codes, golden.codes, `codes of ${key}`);
    const values = Float64Array.from(
      result.codes,
      (code, at) => code * result.scales[Math.floor(at / columns)],
    );
    assertClose(values, golden.dequantized, { rtol: 1e-6, label: key });
    assert.deepEqual(result.weightGradients, golden.weightGradients, `gradients of ${key}`);
    assertClose(result.scaleGradients!, golden.scaleGradients, {
      rtol: 1e-5,
      atol: 1e-6,
      label: `scale gradients of ${key}`,
    });
  });
});

// Where rounding does not stand in the way, the gradient of the scale is the derivative of the quantized weights.
for (const [scheme, bits, reach] of [["seq", 1, 3], ["lsq", 1, 3], ["lsq", 3, 0.1]] as const) {
  Deno.test(`${scheme}${bits}: the scale's gradient is a derivative where weights saturate`, () => {
    const format = weightQuantizer(bits, scheme).format(bits);
    const weights = Float64Array.from(normal(40, 3));
    const cotangents = normal(40, 4);
    const learned = reach * startOfScale(format, weights) / 10;
    const objective = (alpha: number) => {
      const { codes, scale } = quantizeGroup(format, weights, { learned: alpha });
      return codes.reduce((sum, code, i) => {
        const isInside = format.rounding === "nearest" && Math.abs(weights[i] / learned) < 5;
        return sum + (isInside ? 0 : cotangents[i] * code * scale);
      }, 0);
    };
    const h = 1e-6 * learned;
    const quotient = (objective(learned + h) - objective(learned - h)) / (2 * h);
    const masked = cotangents.map((value, i) =>
      format.rounding === "nearest" && Math.abs(weights[i] / learned) < 5 ? 0 : value
    );
    const image = quantizeGroup(format, weights, { learned });
    const { scale } = groupGradients(format, weights, image, masked);
    assert.ok(Math.abs(quotient) > 0.1);
    assertClose([scale], [quotient], { rtol: 1e-5 });
  });
}

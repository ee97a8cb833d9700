import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSafetensors, toFloat32, toInt32 } from "../../src/files/safetensors.ts";
import { quantizeToken } from "../../src/quant/activations.ts";
import { assertClose } from "../assert_close.ts";

const path = new URL("../golden/quantizers/activations.safetensors", import.meta.url);
const { tensors } = await readSafetensors(fileURLToPath(path));

for (const [name, bits] of [["x", 8], ["x", 4], ["ties8", 8], ["ties4", 4]] as const) {
  Deno.test(`golden: ${name}, absmax of ${bits} bits`, () => {
    const x = toFloat32(tensors.get(`${name}.x`)!);
    const K = tensors.get(`${name}.x`)!.shape.at(-1)!;
    const codes = toInt32(tensors.get(`${name}.absmax${bits}.codes`)!);
    const scales = toFloat32(tensors.get(`${name}.absmax${bits}.scale`)!);
    const dequantized = toFloat32(tensors.get(`${name}.absmax${bits}.dequant`)!);
    for (let row = 0; row < x.length / K; row++) {
      const part = [row * K, (row + 1) * K] as const;
      const token = quantizeToken(x.subarray(...part), bits);
      assert.deepEqual([...token.codes], [...codes.subarray(...part)], `codes of row ${row}`);
      assertClose([token.scale], [1 / scales[row]], { rtol: 1e-6, label: `scale of row ${row}` });
      const values = Float64Array.from(token.codes, (code) => code * token.scale);
      assertClose(values, dequantized.subarray(...part), { rtol: 1e-6, label: `row ${row}` });
    }
  });
}

Deno.test("ties go to the even code", () => {
  const { codes, scale } = quantizeToken([7, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5], 4);
  assert.equal(scale, 1);
  assert.deepEqual([...codes], [7, 0, 2, 2, 0, -2, -2]);
});

Deno.test("a row of zeros has zero codes and a scale that is not zero", () => {
  const { codes, scale } = quantizeToken([0, -0, 0], 8);
  assert.deepEqual([...codes], [0, 0, 0]);
  assert.equal(scale, 1e-5 / 127);
});

Deno.test("every width reaches its largest code and no further", () => {
  for (let bits = 2; bits <= 8; bits++) {
    const q = 2 ** (bits - 1) - 1;
    const { codes } = quantizeToken([3, -3, 1e-9], bits);
    assert.deepEqual([...codes], [q, -q, 0], `${bits} bits`);
  }
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSafetensors, type StoredTensor, toFloat32 } from "../../src/files/safetensors.ts";
import { type GgmlTernary, packGgml, unpackGgml } from "../../src/quant/ggml_packing.ts";
import { packHuggingFace, unpackHuggingFace } from "../../src/quant/huggingface_packing.ts";
import {
  packedCodeBytes,
  packTernary,
  packWeightCodes,
  storageBits,
  unpackTernary,
  unpackWeightCodes,
} from "../../src/quant/packing.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { codeCount } from "../../src/quant/quantizer.ts";
import { weightQuantizer, weightQuantizers } from "../../src/quant/schemes.ts";
import { normal, uniform } from "../ops/sweep.ts";

/** Every code that a format has. */
function allCodes(scheme: string, bits: number): number[] {
  const { rounding, codes: [low, high] } = weightQuantizer(bits, scheme).format(bits);
  const spacing = rounding === "nearest" || rounding === "threshold" ? 1 : 2;
  return Array.from({ length: (high - low) / spacing + 1 }, (_, i) => low + i * spacing);
}

Deno.test("every code of every width round-trips, in exactly as many words as bits", () => {
  for (const { name, widths } of weightQuantizers) {
    for (const bits of widths) {
      const format = weightQuantizer(bits, name).format(bits);
      const codes = allCodes(name, bits);
      assert.ok(codes.length <= codeCount(bits));
      const random = uniform(5);
      for (const [rows, columns] of [[1, 1], [3, 31], [2, 32], [2, 33], [5, 65], [1, 320]]) {
        // All of them, several times, in no order that fits the blocks.
        const matrix = Int8Array.from(
          { length: rows * columns },
          (_, i) => codes[(i + Math.floor(random() * 3)) % codes.length],
        );
        const words = packWeightCodes(matrix, columns, format, bits);
        assert.equal(words.length, rows * Math.ceil(columns / 32) * storageBits(bits));
        assert.deepEqual(unpackWeightCodes(words, columns, format, bits), matrix);
        if (bits !== 1.58) {
          assert.equal(words.byteLength, packedCodeBytes(rows, columns, bits));
        } else {
          const bytes = packTernary(matrix, columns);
          assert.equal(bytes.length, packedCodeBytes(rows, columns, bits));
          assert.deepEqual(unpackTernary(bytes, columns), matrix);
        }
      }
    }
  }
});

Deno.test("codes lie one after another from the lowest bit on", () => {
  const format = weightQuantizer(3, "lsq").format(3);
  // Numbers 0 to 7 and then 7: the eleventh code begins in the first word and ends in the second.
  const codes = Int8Array.from({ length: 11 }, (_, i) => Math.min(i, 7) - 4);
  const words = packWeightCodes(codes, 11, format, 3);
  const bits = codes.reduceRight((all, code) => (all << 3n) | BigInt(code + 4), 0n);
  assert.deepEqual(words, Uint32Array.of(Number(bits & 0xffffffffn), Number(bits >> 32n), 0));
});

Deno.test("quantized matrices of every scheme survive packing", () => {
  const weights = normal(7 * 45, 8);
  for (const { name, widths } of weightQuantizers) {
    for (const bits of widths) {
      const format = weightQuantizer(bits, name).format(bits);
      const { codes } = quantizeGroup(format, weights, { columns: 45, threshold: 0.7 });
      const words = packWeightCodes(codes, 45, format, bits);
      assert.deepEqual(unpackWeightCodes(words, 45, format, bits), codes, `${name} at ${bits}`);
    }
  }
});

Deno.test("what is no code of the format is refused", () => {
  const refuse = (scheme: string, bits: number, code: number) => {
    const format = weightQuantizer(bits, scheme).format(bits);
    assert.throws(() => packWeightCodes(Int8Array.of(code), 1, format, bits), {
      name: "RangeError",
      message: `Cannot pack code ${code} at ${bits} bits: it is none of the format's`,
    });
  };
  refuse("absmax", 4, 8);
  refuse("absmax", 4, -8);
  refuse("seq", 2, 2);
  refuse("sign", 1, 0);
  assert.throws(() => packTernary(Int8Array.of(2), 1), { message: /it is not ternary$/ });
  assert.throws(() => packHuggingFace(Int8Array.of(-2), 1), { message: /it is not ternary$/ });
  assert.throws(() => packGgml(new Float32Array(255), "tq1_0"), { message: /multiple of 256$/ });
});

const golden = async (name: string) => {
  const url = new URL(`../golden/packed/${name}.safetensors`, import.meta.url);
  return (await readSafetensors(fileURLToPath(url))).tensors;
};
const int8 = ({ data }: StoredTensor) => new Int8Array(data.buffer, data.byteOffset, data.length);

Deno.test("golden: Hugging Face's bytes", async () => {
  const tensors = await golden("hf_pack");
  let count = 0;
  for (const [key, tensor] of tensors) {
    if (!key.endsWith(".codes")) continue;
    const [rows, columns] = tensor.shape;
    const packed = tensors.get(key.replace("codes", "packed"))!;
    assert.deepEqual([...packHuggingFace(int8(tensor), columns)], [...packed.data], key);
    assert.deepEqual(unpackHuggingFace(packed.data, rows, columns), int8(tensor), key);
    count++;
  }
  assert.ok(count > 2);
});

Deno.test("golden: ggml's blocks", async () => {
  const tensors = await golden("ggml");
  let count = 0;
  for (const type of ["tq1_0", "tq2_0"] satisfies GgmlTernary[]) {
    for (const [key, tensor] of tensors) {
      if (!key.endsWith(".w")) continue;
      const packed = tensors.get(key.replace(/w$/, type))!.data;
      assert.deepEqual([...packGgml(toFloat32(tensor), type)], [...packed], `${key} as ${type}`);
      const dequantized = toFloat32(tensors.get(key.replace(/w$/, "dequant"))!);
      assert.deepEqual(unpackGgml(packed, type).map((w) => w + 0), dequantized.map((w) => w + 0));
      count++;
    }
  }
  assert.ok(count >= 4);
});

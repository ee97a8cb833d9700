import assert from "node:assert/strict";
import { modelSize } from "../../src/models/model_size.ts";
import { textFamily } from "../../src/models/text/family.ts";
import { vitFamily } from "../../src/models/vit/family.ts";
import { makeQuantization, type QuantizationOptions } from "../../src/nn/quantization.ts";
import { tinyVitConfig } from "../tiny_images.ts";
import { tinyConfig } from "../tiny_text.ts";

// One block of width 16: 4 matrices of 16 × 16, 2 of 32 × 16, 1 of 16 × 32.
const QUANTIZED = 4 * 256 + 3 * 512;
const ROWS = 4 * 16 + 2 * 32 + 16;
const sizeOf = (options: QuantizationOptions) =>
  modelSize(textFamily, tinyConfig({ quantization: makeQuantization(options) }));

Deno.test("packed codes at their real width, steps, and floats", () => {
  const float = sizeOf({ weightBits: 32 });
  assert.equal(float.quantizedParameters, 0);
  assert.equal(float.packedBytes, float.floatBytes);
  const others = float.floatBytes - 4 * QUANTIZED;

  // Rows of 16 codes fill half a block of 32 codes; those of 32 all of it.
  const blocks = 4 * 16 + 2 * 32 + 16;
  for (const bits of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const { packedBytes, quantizedParameters } = sizeOf({
      weightBits: bits,
      weightGranularity: "tensor",
    });
    assert.equal(quantizedParameters, QUANTIZED);
    assert.equal(packedBytes, others + blocks * 4 * bits + 7 * 4, `${bits} bits`);
  }
  const ternary = sizeOf({}).packedBytes;
  assert.equal(ternary, others + (4 * 16 + 2 * 32) * 4 + 16 * 7 + 7 * 4);
  assert.equal(sizeOf({ weightGranularity: "row" }).packedBytes, ternary + 4 * (ROWS - 7));
});

Deno.test("every group of a row has a step", () => {
  const shape = { hiddenSize: 40, intermediateSize: 72 };
  const bytes = (options: QuantizationOptions) =>
    modelSize(textFamily, tinyConfig({ ...shape, quantization: makeQuantization(options) }))
      .packedBytes;
  // Rows of 40 weights have two groups of 32, those of 72 have three.
  const more = 4 * 40 + 2 * 72 + 2 * 40;
  for (const options of [{ weightBits: 4 }, { weightBits: 2, weightScheme: "lsq" }]) {
    const row = bytes({ ...options, weightGranularity: "row" });
    assert.equal(bytes({ ...options, weightGranularity: "group:32" }), row + 4 * more);
    assert.equal(bytes({ ...options, weightGranularity: "group:128" }), row);
  }
});

Deno.test("learned scales count once", () => {
  const learned = sizeOf({ weightBits: 2, weightScheme: "lsq" });
  const statistic = sizeOf({ weightBits: 2, weightScheme: "absmax", weightGranularity: "row" });
  assert.equal(learned.packedBytes, statistic.packedBytes);
  assert.equal(learned.parameters, statistic.parameters + ROWS);
});

Deno.test("kernels count as the matrices they are taken as", () => {
  const bytes = (options: QuantizationOptions) =>
    modelSize(vitFamily, tinyVitConfig({ embedQuantization: makeQuantization(options) }))
      .packedBytes;
  // 16 rows of 3 colors of 4×4 pixels, whose codes fill two blocks of 32.
  const others = bytes({ weightBits: 32 }) - 16 * 48 * 4;
  assert.equal(bytes({ weightBits: 4 }), others + 16 * 2 * 16 + 4);
  const learned = { weightBits: 4, weightScheme: "lsq", weightGranularity: "group:32" };
  assert.equal(bytes(learned), others + 16 * 2 * 16 + 16 * 2 * 4);
});

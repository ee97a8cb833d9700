/** The list of quantizers: what each can do, and what is said where it cannot. */
import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { quantizeGroup, startOfScale } from "../../src/quant/quantize_group.ts";
import { codeCount, type WeightFormat } from "../../src/quant/quantizer.ts";
import {
  defaultSchemes,
  registerWeightQuantizer,
  weightQuantizer,
  weightQuantizers,
  weightWidths,
} from "../../src/quant/schemes.ts";

Deno.test("every width has a default that can do it", () => {
  for (const bits of weightWidths) {
    if (bits === 32) continue;
    assert.ok(weightQuantizer(bits).widths.includes(bits), `${bits} bits`);
  }
  assert.equal(Object.keys(defaultSchemes).length, weightWidths.length - 1);
});

for (const { name, widths, format } of weightQuantizers) {
  for (const bits of widths) {
    Deno.test(`${name} at ${bits} bits reaches every code of its range and no other`, () => {
      const { rounding, codes: [low, high] } = format(bits);
      // Dense, with a maximum far above mean and median.
      const spread = Float64Array.from({ length: 40000 }, (_, i) => ((i + 0.5) / 20000 - 1) ** 5);
      const start = format(bits).learned ? startOfScale(format(bits), spread) : 0;
      const options = { threshold: 0.7, learned: 0.8 * start };
      const found = new Set(quantizeGroup(format(bits), spread, options).codes);
      const spacing = rounding === "odd" ? 2 : 1;
      const all = Array.from({ length: (high - low) / spacing + 1 }, (_, i) => low + i * spacing);
      const expected = rounding.toLowerCase().endsWith("sign") ? [-1, 1] : all;
      assert.ok(expected.length <= codeCount(bits));
      const order = (codes: Iterable<number>) => [...codes].sort((a, b) => a - b);
      assert.deepEqual(order(found), order(expected));
    });
  }
}

Deno.test("an unknown scheme or width says what there is", () => {
  const fails = (options: Parameters<typeof makeQuantization>[0], message: RegExp) =>
    assert.throws(() => makeQuantization(options), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, message);
      return true;
    });
  fails(
    { weightBits: 9 },
    /^Cannot quantize weights to 9 bits: the widths are 1, 1\.58, 2, .*, 32$/,
  );
  fails(
    { weightBits: 2, weightScheme: "sign" },
    /^Cannot use scheme sign at 2 bits: it has 1; the schemes for 2 bits are absmean, .*absmax/,
  );
  fails({ weightScheme: "abmean" }, /there is none of that name, did you mean absmean\?/);
  fails(
    { weightScheme: "gold" },
    /there is none of that name \(those for 1\.58 bits are absmean, /,
  );
  fails({ weightBits: 32, activationBits: 8 }, /use `activationBits` 32, or `weightBits` 1 to 8$/);
  fails({ weightBits: 1, activationBits: 32 }, /this version has 8 and 4$/);
  fails({ weightGranularity: "group:3" }, /group:3: a group is a multiple of 32 weights$/);
  fails({ weightGranularity: "group:0" }, /a group is a multiple of 32 weights$/);
  fails({ weightGranularity: "column" }, /column: there are tensor, row and group:N, such as/);
  fails({ weightThreshold: 0.5 }, /^Cannot use threshold 0\.5 with scheme absmean: it has none/);
  fails({ weightBits: 32, weightThreshold: 0.5 }, /with scheme none: it has none/);
  fails({ weightScheme: "threshold", weightThreshold: -1 }, /^Cannot use threshold -1: /);
});

Deno.test("a quantizer that cannot be is not registered", () => {
  const format: WeightFormat = {
    statistic: "meanAbsolute",
    divisor: 1,
    rounding: "nearest",
    codes: [-1, 1],
  };
  const cases: [name: string, widths: number[], format: Partial<WeightFormat>, why: RegExp][] = [
    ["Mine", [2], {}, /a name is a word of small letters/],
    ["none", [2], {}, /and not none/],
    ["absmean", [2], {}, /the name is taken$/],
    ["mine", [], {}, /it has no widths$/],
    ["mine", [9], {}, /9 bits are none of the widths 1, 1\.58, 2, 3, 4, 5, 6, 7, 8$/],
    ["mine", [2], { divisor: 0 }, /its format of 2 bits has divisor 0, not above 0$/],
    ["mine", [2], { minimum: -1 }, /has minimum -1/],
    ["mine", [8], { codes: [-129, 1] }, /has codes -129 to 1, which are no range/],
    ["mine", [2], { codes: [1, 1] }, /has codes 1 to 1, which are no range/],
    ["mine", [2], { rounding: "odd", codes: [-2, 3] }, /has codes -2 to 3, which are not odd$/],
    ["mine", [1], {}, /has 3 codes, more than the 2 of that width$/],
    ["mine", [2], { rounding: "odd", codes: [-5, 3] }, /has 5 codes, more than the 4/],
    ["mine", [2], { rounding: "sign", codes: [-2, 1] }, /but rounding sign gives -1 to 1$/],
    ["mine", [2], { statistic: "leastSquares" }, /goes with rounding threshold only$/],
    [
      "mine",
      [2],
      { statistic: "rootMeanSquare", rounding: "threshold" },
      /does not go with rounding threshold$/,
    ],
  ];
  for (const [name, widths, change, message] of cases) {
    const quantizer = { name, widths, format: () => ({ ...format, ...change }) };
    assert.throws(() => registerWeightQuantizer(quantizer), { name: "RangeError", message });
  }
  assert.ok(weightQuantizers.every(({ name }) => name !== "mine"));
});

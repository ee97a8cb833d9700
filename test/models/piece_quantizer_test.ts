/** Matrices that come in pieces get the codes and scales that the kernels give them as a whole, to the bit. */
import assert from "node:assert/strict";
import { PieceQuantizer } from "../../src/models/piece_quantizer.ts";
import { WeightCodes } from "../../src/nn/weight_codes.ts";
import { imageSize, type QuantizedWeight } from "../../src/nn/weight_image.ts";
import { learnedScales } from "../../src/nn/weight_scales.ts";
import { BufferSet, CompiledPlan, type SharedBuffers } from "../../src/tensor/compiled_plan.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { byteLengthOf } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { allQuantizations } from "../ops/weight_cases.ts";
import { normal } from "../ops/sweep.ts";

/** In pieces of 16 rows there are one, and two and a bit. */
const SHAPES = [[5, 12], [39, 65]] as const;
const PIECE_ELEMENTS = 16;

for (const [index, [rows, columns]] of SHAPES.entries()) {
  deviceTest(`every scheme, (${rows}, ${columns}) in pieces`, async (device) => {
    const weights = allQuantizations().map((quantization, i): QuantizedWeight => {
      const parameter = new Parameter({
        parts: [{ name: `w${i}`, shape: [rows, columns] }],
        initializer: { kind: "constant", value: 0 },
        decay: true,
      });
      return { parameter, quantization, learnedScales: learnedScales(parameter, quantization) };
    });
    const data = weights.map((_, i) =>
      normal(rows * columns, 100 * index + i).map((w, at) => w + 0.1 + (at === 40 ? 8 : 0))
    );
    const learned = weights.map(({ learnedScales: scales }, i) =>
      scales && normal(scales.size, 500 + i).map((alpha) => Math.abs(alpha) + 0.2)
    );

    const layout = new ParameterLayout(
      weights.flatMap(({ parameter, learnedScales: scales }) =>
        scales ? [parameter, scales] : [parameter]
      ),
      device.description.maxBindingBytes,
    );
    const codes = new WeightCodes(layout, weights);
    using plan = await CompiledPlan.make(device, makePlan(codes.quantize()));
    weights.forEach(({ parameter, learnedScales: scales }, i) => {
      plan.write(layout.value(parameter), data[i]);
      if (scales) plan.write(layout.value(scales), learned[i]!);
    });
    plan.run();

    using buffers = new BufferSet(device);
    for (const [i, weight] of weights.entries()) {
      const { quantization } = weight;
      const { words, scales } = imageSize(weight);
      const place = {
        codes: { label: `codes ${i}`, byteLength: 4 * words },
        word: 0,
        scales: { label: `scales ${i}`, byteLength: 4 * scales },
        scale: 0,
      };
      const shape = { rows, columns, granularity: quantization.weightGranularity };
      const target: SharedBuffers = (spec) =>
        spec === place.codes || spec === place.scales ? buffers : undefined;
      using quantizer = new PieceQuantizer(device, [shape], target, PIECE_ELEMENTS);
      await quantizer.quantize({
        ...shape,
        format: quantization.weightQuantizer!.format(quantization.weightBits),
        threshold: quantization.weightThreshold ?? 0,
        learned: learned[i],
        place,
        scaleStride: rows,
        read: (first, count) =>
          Promise.resolve(data[i].slice(first * columns, (first + count) * columns)),
      });
      const image = codes.image(weight.parameter);
      const read = async (spec: typeof place.codes, value: typeof image.scales) =>
        new Uint8Array(await device.read(buffers.get(spec), 0, byteLengthOf(value)));
      const { weightQuantizer, weightBits, weightGranularity } = quantization;
      const label = `${weightQuantizer!.name}, ${weightBits} bits, ${weightGranularity}`;
      const bytes = (words: ArrayBufferView) => new Uint8Array(words.buffer);
      assert.deepEqual(
        await read(place.scales, image.scales),
        bytes(await plan.read(image.scales)),
        `scales of ${label}`,
      );
      assert.deepEqual(
        await read(place.codes, image.codes),
        bytes(await plan.read(image.codes)),
        `codes of ${label}`,
      );
    }
  });
}

/**
 * Golden matrices quantized together on a device: every matrix with a scheme, a width and a granularity of its own.
 *
 * @module
 */
import type { Device } from "../../src/device/device.ts";
import { makeQuantization, type QuantizationOptions } from "../../src/nn/quantization.ts";
import { WeightCodes } from "../../src/nn/weight_codes.ts";
import type { QuantizedWeight, WeightImage } from "../../src/nn/weight_image.ts";
import { learnedScales } from "../../src/nn/weight_scales.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { unpackCodes } from "../../src/tensor/evaluate.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { Value } from "../../src/tensor/value.ts";

/** A matrix to be quantized. */
export interface MatrixCase {
  readonly quantization: QuantizationOptions;
  readonly shape: readonly number[];
  readonly weights: Float32Array;
  /** Parameters of learned scales. */
  readonly learned?: Float32Array;
  /** Gradient of the quantized weights. */
  readonly cotangents?: Float32Array;
}

/** What became of it. */
export interface MatrixResult {
  readonly codes: Int8Array;
  /** One per row. */
  readonly scales: Float32Array;
  /** Gradient of the latent weights. */
  readonly weightGradients: Float32Array;
  /** Gradient of the parameters of learned scales. */
  readonly scaleGradients: Float32Array | undefined;
}

/** Quantizes all matrices in one dispatch and passes their gradients on in another. */
export async function quantizeMatrices(
  device: Device,
  cases: readonly MatrixCase[],
): Promise<MatrixResult[]> {
  const weights = cases.map(({ quantization: options, shape }, i): QuantizedWeight => {
    const parameter = new Parameter({
      parts: [{ name: `w${i}`, shape }],
      initializer: { kind: "constant", value: 0 },
      decay: true,
    });
    const quantization = makeQuantization(options);
    return { parameter, quantization, learnedScales: learnedScales(parameter, quantization) };
  });
  const layout = new ParameterLayout(
    weights.flatMap(({ parameter, learnedScales: scales }) =>
      scales ? [parameter, scales] : parameter
    ),
    device.description.maxBindingBytes,
  );
  const gradientOf = (parameter: Parameter) =>
    new Value(parameter, { location: layout.gradientLocation(parameter) });
  const codes = new WeightCodes(layout, weights);
  const roots = [...codes.quantize(), ...codes.finishGradients()];
  // Not all of them have gradients that need work.
  const gradients = weights.map(({ parameter }) => gradientOf(parameter));
  using plan = await CompiledPlan.make(device, makePlan([...roots, ...gradients]));
  cases.forEach(({ weights: data, learned, cotangents }, i) => {
    const { parameter, learnedScales: scales } = weights[i];
    plan.write(layout.value(parameter), data);
    if (scales && learned) plan.write(layout.value(scales), learned);
    if (cotangents) plan.write(gradients[i], cotangents);
  });
  plan.run();

  const results: MatrixResult[] = [];
  for (const [i, { parameter, learnedScales: scales }] of weights.entries()) {
    const image: WeightImage = codes.image(parameter);
    results.push({
      codes: unpackCodes(await plan.read(image.codes), parameter.shape[1]),
      scales: await plan.read(image.scales) as Float32Array,
      weightGradients: await plan.read(gradients[i]) as Float32Array,
      scaleGradients: scales && await plan.read(gradientOf(scales)) as Float32Array,
    });
  }
  return results;
}

/**
 * The list of weight quantizers, one line each, and which is the default of a width.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { nearestName } from "../nearest_name.ts";
import { absmax } from "./absmax.ts";
import { absmean } from "./absmean.ts";
import { absmedian } from "./absmedian.ts";
import { lsq } from "./lsq.ts";
import { codeCount, type WeightFormat, type WeightQuantizer } from "./quantizer.ts";
import { seq } from "./seq.ts";
import { sign } from "./sign.ts";
import { threshold } from "./threshold.ts";

const quantizers: WeightQuantizer[] = [
  sign,
  absmean,
  absmedian,
  absmax,
  threshold,
  lsq,
  seq,
];

/** Every weight quantizer, those of {@link registerWeightQuantizer} last. */
export const weightQuantizers: readonly WeightQuantizer[] = quantizers;

/** The scheme of a width where none is asked for. */
export const defaultSchemes: Readonly<Record<number, string>> = {
  1: "sign",
  1.58: "absmean",
  2: "absmean",
  3: "absmean",
  4: "absmax",
  5: "absmax",
  6: "absmax",
  7: "absmax",
  8: "absmax",
};

/** Weight widths that can be trained, in bits and rising order, 32 (no quantization) included. */
export const weightWidths: readonly number[] = [1, 1.58, 2, 3, 4, 5, 6, 7, 8, 32];

/**
 * The quantizer for a width.
 *
 * @param bits Bits per weight.
 * @param name A scheme, or undefined for the default of the width.
 * @throws {InputError} If there is no such width, no scheme of that name, or it cannot do the width.
 */
export function weightQuantizer(bits: number, name?: string): WeightQuantizer {
  const scheme = defaultSchemes[bits];
  if (scheme === undefined) {
    throw new InputError(
      `Cannot quantize weights to ${bits} bits: the widths are ${weightWidths.join(", ")}`,
    );
  }
  const quantizer = quantizers.find((candidate) => candidate.name === (name ?? scheme));
  const able = quantizers.filter(({ widths }) => widths.includes(bits)).map(({ name }) => name);
  if (!quantizer) {
    const meant = nearestName(name!, able);
    throw new InputError(
      `Cannot use scheme ${name}: there is none of that name` +
        (meant ? `, did you mean ${meant}?` : "") +
        ` (those for ${bits} bits are ${able.join(", ")})`,
    );
  }
  if (!quantizer.widths.includes(bits)) {
    throw new InputError(
      `Cannot use scheme ${name} at ${bits} bits: it has ${quantizer.widths.join(", ")}; ` +
        `the schemes for ${bits} bits are ${able.join(", ")}`,
    );
  }
  return quantizer;
}

/**
 * Adds a custom quantizer to the list, so that `makeQuantization`, and `config.json` of what is trained with it,
 * can name it. It needs no kernel: it trains on every device as fast as those that were there.
 *
 * @throws {RangeError} If its name is taken, or it states something that cannot be.
 *
 * @example Four bits, with levels up to three standard deviations
 * ```ts
 * import assert from "node:assert/strict";
 * import { LanguageModel, makeQuantization, openDevice } from "../../mod.ts";
 * import { registerWeightQuantizer, smallTextConfig } from "../../mod.ts";
 *
 * registerWeightQuantizer({
 *   name: "three-sigma",
 *   widths: [4],
 *   format: () => ({
 *     statistic: "rootMeanSquare", // scale = √mean(W²) · 3 / 7
 *     divisor: 7 / 3,
 *     rounding: "nearest", // code = clamp(round(W / scale), −7, 7)
 *     codes: [-7, 7],
 *   }),
 * });
 *
 * const quantization = makeQuantization({ weightBits: 4, weightScheme: "three-sigma" });
 * const sizes = { vocabSize: 16, hiddenSize: 32, intermediateSize: 64, layers: 1 };
 * using device = await openDevice();
 * using model = new LanguageModel({ ...smallTextConfig, ...sizes, quantization }, device);
 * model.memory.initialize(0);
 * const { logits } = await model.forward(Int32Array.of(3, 1, 4), { shape: [1, 3] });
 * assert(logits.every(Number.isFinite));
 * ```
 */
export function registerWeightQuantizer(quantizer: WeightQuantizer): void {
  const { name, widths } = quantizer;
  const wrong = (why: string) => new RangeError(`Cannot register quantizer ${name}: ${why}`);
  if (!/^[a-z][a-z0-9-]*$/.test(name) || name === "none") {
    throw wrong("a name is a word of small letters, digits and hyphens, and not none");
  }
  if (quantizers.some((other) => other.name === name)) throw wrong("the name is taken");
  if (widths.length === 0) throw wrong("it has no widths");
  for (const bits of widths) {
    if (!(bits in defaultSchemes)) {
      const known = Object.keys(defaultSchemes).map(Number).sort((a, b) => a - b);
      throw wrong(`${bits} bits are none of the widths ${known.join(", ")}`);
    }
    const why = whyWrong(quantizer.format(bits), bits);
    if (why) throw wrong(`its format of ${bits} bits ${why}`);
  }
  quantizers.push(quantizer);
}

/** What no kernel can do; undefined if all is well. */
function whyWrong(format: WeightFormat, bits: number): string | undefined {
  const { statistic, divisor, minimum = 0, rounding, codes: [low, high], clip, learned } = format;
  if (!(Number.isFinite(divisor) && divisor > 0)) return `has divisor ${divisor}, not above 0`;
  if (!(Number.isFinite(minimum) && minimum >= 0)) return `has minimum ${minimum}, not 0 or more`;
  const whole = Number.isInteger(low) && Number.isInteger(high);
  if (!whole || low < -128 || high > 127 || low >= high) {
    return `has codes ${low} to ${high}, which are no range of whole numbers within -128 to 127`;
  }
  const spacing = rounding === "odd" ? 2 : 1;
  if (rounding === "odd" && (low % 2 === 0 || high % 2 === 0)) {
    return `has codes ${low} to ${high}, which are not odd`;
  }
  const signed = rounding === "nearest" || rounding === "odd" || (low === -1 && high === 1);
  if (!signed) return `has codes ${low} to ${high}, but rounding ${rounding} gives -1 to 1`;
  const zero = rounding === "nearest" || rounding === "threshold" || rounding === "odd";
  const count = zero ? (high - low) / spacing + 1 : 2;
  if (count > codeCount(bits)) {
    return `has ${count} codes, more than the ${codeCount(bits)} of that width`;
  }
  if (statistic === "leastSquares" && rounding !== "threshold") {
    return "makes its scale of leastSquares, which goes with rounding threshold only";
  }
  if (statistic === "rootMeanSquare" && rounding === "threshold") {
    return "makes its scale of rootMeanSquare, which does not go with rounding threshold";
  }
  if (clip && !(clip[0] < clip[1])) return `has clip ${clip[0]} to ${clip[1]}, which is no range`;
  if (learned && (rounding === "centredSign" || rounding === "threshold")) {
    return `learns its scale, which does not go with rounding ${rounding}`;
  }
  if (learned && !(learned.startDivisor > 0 && learned.gradientLevels > 0)) {
    const { startDivisor, gradientLevels } = learned;
    return `has startDivisor ${startDivisor} and gradientLevels ${gradientLevels}, not above 0`;
  }
  return undefined;
}

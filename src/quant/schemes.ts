/**
 * The list of weight quantizers: one line each.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { absmean } from "./absmean.ts";
import type { WeightQuantizer } from "./quantizer.ts";
import { sign } from "./sign.ts";

/** Every weight quantizer, the default of a width before the others that can do it. */
export const weightQuantizers: readonly WeightQuantizer[] = [
  sign,
  absmean,
];

/** Weight widths that can be trained, in bits and rising order, 32 (no quantization) included. */
export function weightWidths(): number[] {
  return [...new Set([...weightQuantizers.flatMap(({ widths }) => widths), 32])]
    .sort((a, b) => a - b);
}

/**
 * The quantizer for a width.
 *
 * @param bits Bits per weight.
 * @param name A scheme, or undefined for the default of the width.
 * @throws {InputError} If no scheme of that name exists or it cannot do the width.
 */
export function weightQuantizer(bits: number, name?: string): WeightQuantizer {
  const able = weightQuantizers.filter(({ widths }) => widths.includes(bits));
  if (able.length === 0) {
    throw new InputError(
      `Cannot quantize weights to ${bits} bits: this version has ${weightWidths().join(", ")}`,
    );
  }
  if (name === undefined) return able[0];
  const quantizer = able.find((candidate) => candidate.name === name);
  if (!quantizer) {
    throw new InputError(
      `Cannot use scheme ${name} at ${bits} bits: ` +
        `the schemes for that width are ${able.map((q) => q.name).join(", ")}`,
    );
  }
  return quantizer;
}

/**
 * The flags of quantizers, as data.
 *
 * @module
 */
import { activationSchemes } from "../../quant/activations.ts";
import { parseGranularity } from "../../nn/granularity.ts";
import { defaultSchemes, weightQuantizers, weightWidths } from "../../quant/schemes.ts";
import { DEFAULT_THRESHOLD } from "../../quant/threshold.ts";
import { alternatives, type FlagTable } from "./flag.ts";

/** How weights and activations are quantized. */
export const QUANTIZATION_FLAGS = {
  bits: {
    kind: "choice",
    choices: weightWidths,
    default: 1.58,
    description: "width of the weights: 1.58 is ternary, 32 float",
    alsoCalled: ["weight-bits", "w-bits", "precision"],
  },
  scheme: {
    kind: "choice",
    choices: weightQuantizers.map(({ name }) => name),
    description: "how weights are quantized",
    otherwise: describeDefaultSchemes(),
    alsoCalled: ["weight-scheme", "quantizer"],
  },
  threshold: {
    kind: "number",
    min: 0,
    description: "with --scheme threshold, weights of at most this many row means become 0",
    otherwise: String(DEFAULT_THRESHOLD),
    alsoCalled: ["ternary-threshold", "tau"],
  },
  granularity: {
    kind: "text",
    placeholder: "tensor|row|group:N",
    check: parseGranularity,
    description: "what shares a scale: a weight matrix, each row, or each N weights of a row",
    otherwise: "row where scales are learned, else tensor",
    alsoCalled: ["weight-granularity", "group-size"],
  },
  activationBits: {
    kind: "choice",
    choices: [4, 8, 32],
    default: 8,
    description: "width of the activations",
    alsoCalled: ["act-bits", "a-bits"],
  },
  activationScheme: {
    kind: "choice",
    choices: activationSchemes,
    description: "how activations are quantized: to each token's absmax or to a running maximum",
    otherwise: "absmax_token",
    alsoCalled: ["act-scheme", "activation-quantizer"],
  },
  qatStart: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0,
    placeholder: "FRACTION",
    description: "share of the steps trained in float before quantization begins",
    alsoCalled: ["qat", "quantize-from", "float-fraction"],
  },
} as const satisfies FlagTable;

/** Such as `sign at 1, absmean at 1.58 and 2, absmax at 3 to 8`. */
function describeDefaultSchemes(): string {
  const widths = weightWidths.filter((bits) => bits in defaultSchemes);
  const schemes = [...new Set(widths.map((bits) => defaultSchemes[bits]))];
  return schemes.map((scheme) => {
    const own = widths.filter((bits) => defaultSchemes[bits] === scheme);
    const first = widths.indexOf(own[0]);
    const isRun = own.length > 2 && own.every((bits, i) => bits === widths[first + i]);
    return `${scheme} at ${
      isRun ? `${own[0]} to ${own.at(-1)}` : alternatives(own.map(String), "and")
    }`;
  }).join(", ");
}

/**
 * The options of quantizers.
 *
 * @module
 */
import { activationSchemes } from "../../quant/activations.ts";
import { parseGranularity } from "../../nn/granularity.ts";
import { defaultSchemes, weightQuantizers, weightWidths } from "../../quant/schemes.ts";
import { DEFAULT_THRESHOLD } from "../../quant/threshold.ts";
import type { RunConfig } from "../../train/run_config.ts";
import { alternatives } from "./option.ts";
import type { Kept, RunOptionTable } from "./run_option.ts";

const SCHEMES: readonly string[] = weightQuantizers.map(({ name }) => name);
const DEFAULT_SCHEMES: string = describeDefaultSchemes();
const THRESHOLD: string = String(DEFAULT_THRESHOLD);

/** How weights and activations are quantized. */
export const QUANTIZATION_OPTIONS = {
  bits: {
    kind: "choice",
    choices: weightWidths,
    default: 1.58,
    description: "width of the weights: 1.58 is ternary, 32 float",
    alsoCalled: ["weight-bits", "w-bits", "precision"],
    kept: ({ model }: RunConfig): Kept => model.quantization.weightBits,
    field: "weightBits",
  },
  scheme: {
    kind: "choice",
    choices: SCHEMES,
    description: "how weights are quantized",
    otherwise: DEFAULT_SCHEMES,
    alsoCalled: ["weight-scheme", "quantizer"],
    kept: ({ model }: RunConfig): Kept => model.quantization.weightQuantizer?.name ?? null,
    field: "weightScheme",
  },
  threshold: {
    kind: "number",
    min: 0,
    description: "with `scheme` threshold, weights of at most this many row means become 0",
    otherwise: THRESHOLD,
    alsoCalled: ["ternary-threshold", "tau"],
    kept: ({ model }: RunConfig): Kept => model.quantization.weightThreshold ?? null,
    field: "weightThreshold",
  },
  granularity: {
    kind: "text",
    placeholder: "tensor|row|group:N",
    check: parseGranularity,
    description: "what shares a scale: a weight matrix, each row, or each N weights of a row",
    otherwise: "row where scales are learned, else tensor",
    alsoCalled: ["weight-granularity", "group-size"],
    kept: ({ model }: RunConfig): Kept => model.quantization.weightGranularity,
    field: "weightGranularity",
  },
  activationBits: {
    kind: "choice",
    choices: [4, 8, 32],
    default: 8,
    description: "width of the activations",
    alsoCalled: ["act-bits", "a-bits"],
    kept: ({ model }: RunConfig): Kept => model.quantization.activationBits,
  },
  activationScheme: {
    kind: "choice",
    choices: activationSchemes,
    description: "how activations are quantized: to each token's absmax or to a running maximum",
    otherwise: "absmax_token",
    alsoCalled: ["act-scheme", "activation-quantizer"],
    kept: ({ model }: RunConfig): Kept => model.quantization.activationScheme ?? null,
  },
  qatStart: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0,
    placeholder: "FRACTION",
    description: "share of the steps trained in float before quantization begins",
    alsoCalled: ["qat", "quantize-from", "float-fraction"],
    training: "qatStart",
  },
} as const satisfies RunOptionTable;

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

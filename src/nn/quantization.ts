/**
 * How a model is quantized, as `config.json` states it.
 *
 * @module
 */
import { InputError, OptionError, optionName } from "../errors.ts";
import { nearestName } from "../nearest_name.ts";
import { type ActivationScheme, activationSchemes } from "../quant/activations.ts";
import type { WeightQuantizer } from "../quant/quantizer.ts";
import { weightQuantizer } from "../quant/schemes.ts";
import { DEFAULT_THRESHOLD } from "../quant/threshold.ts";
import {
  type Granularity,
  type GranularityJson,
  granularityToJson,
  parseGranularity,
} from "./granularity.ts";

/** Quantization of every BitLinear layer of a model. */
export interface Quantization {
  /** Bits per weight; 32 is not quantized. */
  readonly weightBits: number;
  /** How weights become codes; undefined where nothing is quantized. */
  readonly weightQuantizer: WeightQuantizer | undefined;
  /** Which weights share one scale. */
  readonly weightGranularity: Granularity;
  /** τ that every matrix starts with, where weights are rounded by a threshold; else undefined. */
  readonly weightThreshold: number | undefined;
  /** Bits per activation; 32 is not quantized. */
  readonly activationBits: number;
  /** How activations become codes; undefined where nothing is quantized. */
  readonly activationScheme: ActivationScheme | undefined;
}

/** Field names of the `bittext` object in `config.json`. */
export interface QuantizationJson extends GranularityJson {
  /** Bits per weight; 32 is not quantized. */
  readonly weight_bits: number;
  /** Name of the weight quantizer; `none` at 32 bits. */
  readonly weight_scheme: string;
  /** τ that every matrix starts with; absent where the scheme has none. */
  readonly weight_threshold?: number;
  /** Bits per activation; 32 is not quantized. */
  readonly activation_bits: number;
  /** `absmax_token` or `ema_tensor`; `none` at 32 bits. */
  readonly activation_scheme: string;
}

/** What {@link makeQuantization} is asked for; what is absent takes its default. */
export interface QuantizationOptions {
  /** Bits per weight; default 1.58, ternary. */
  readonly weightBits?: number;
  /** Name of the weight quantizer; default that of `defaultSchemes`. */
  readonly weightScheme?: string;
  /** `tensor`, `row` or `group:N`; default `row` where scales are learned, else `tensor`. */
  readonly weightGranularity?: string;
  /** τ of a scheme that rounds by a threshold; default 0.7. */
  readonly weightThreshold?: number;
  /** 8, 4 or 32; default 8, and 32 with 32-bit weights. */
  readonly activationBits?: number;
  /** One of {@link activationSchemes}; default `absmax_token`. */
  readonly activationScheme?: string;
}

/**
 * Checks the parts of a quantization and fills in defaults: ternary weights per tensor with 8-bit
 * activations; 32-bit weights go with 32-bit activations.
 *
 * @throws {InputError} If a part is unknown or the parts do not go together.
 */
export function makeQuantization(options: QuantizationOptions = {}): Quantization {
  const { weightBits = 1.58 } = options;
  const quantizer = weightBits === 32
    ? undefined
    : weightQuantizer(weightBits, options.weightScheme);
  const format = quantizer?.format(weightBits);
  const weightGranularity = parseGranularity(
    options.weightGranularity ?? (format?.learned ? "row" : "tensor"),
  );
  const activationBits = options.activationBits ?? (weightBits === 32 ? 32 : 8);
  if (!quantizer || !format) {
    if (activationBits !== 32) {
      throw new OptionError(
        `Cannot quantize activations to ${activationBits} bits with 32-bit weights: ` +
          `use ${optionName("activationBits")} 32, or ${optionName("weightBits")} 1 to 8`,
      );
    }
    const scheme = options.weightScheme ?? "none";
    if (scheme !== "none") {
      throw new InputError(`Cannot use scheme ${scheme} at 32 bits: they are not quantized`);
    }
    if (options.activationScheme !== undefined) {
      throw new InputError(
        `Cannot use activation scheme ${options.activationScheme} at 32 bits: ` +
          "they are not quantized",
      );
    }
    return {
      weightBits,
      weightQuantizer: undefined,
      weightGranularity,
      weightThreshold: checkThreshold(options.weightThreshold, "none", false),
      activationBits,
      activationScheme: undefined,
    };
  }
  if (activationBits !== 8 && activationBits !== 4) {
    throw new InputError(
      `Cannot use ${activationBits}-bit activations with ${weightBits}-bit weights: ` +
        "this version has 8 and 4",
    );
  }
  return {
    weightBits,
    weightQuantizer: quantizer,
    weightGranularity,
    weightThreshold: checkThreshold(
      options.weightThreshold,
      quantizer.name,
      format.rounding === "threshold",
    ),
    activationBits,
    activationScheme: activationScheme(options.activationScheme),
  };
}

function activationScheme(asked: string = activationSchemes[0]): ActivationScheme {
  const scheme = activationSchemes.find((name) => name === asked);
  if (scheme) return scheme;
  const meant = nearestName(asked, activationSchemes);
  throw new InputError(
    `Cannot use activation scheme ${asked}: ` +
      (meant ? `did you mean ${meant}?` : `this version has ${activationSchemes.join(" and ")}`),
  );
}

/** The threshold of a scheme, if it has one. */
function checkThreshold(
  asked: number | undefined,
  scheme: string,
  hasThreshold: boolean,
): number | undefined {
  if (!hasThreshold) {
    if (asked === undefined) return undefined;
    throw new InputError(
      `Cannot use threshold ${asked} with scheme ${scheme}: it has none, scheme threshold has one`,
    );
  }
  const threshold = asked ?? DEFAULT_THRESHOLD;
  if (Number.isFinite(threshold) && threshold >= 0) return threshold;
  throw new InputError(`Cannot use threshold ${threshold}: it must be a number of at least 0`);
}

/** The `bittext` object of `config.json`. */
export function quantizationToJson(quantization: Quantization): QuantizationJson {
  const { weightBits, weightQuantizer, weightGranularity, weightThreshold } = quantization;
  const { activationBits, activationScheme } = quantization;
  return {
    weight_bits: weightBits,
    weight_scheme: weightQuantizer?.name ?? "none",
    ...granularityToJson(weightGranularity),
    ...(weightThreshold === undefined ? {} : { weight_threshold: weightThreshold }),
    activation_bits: activationBits,
    activation_scheme: activationScheme ?? "none",
  };
}

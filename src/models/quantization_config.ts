/**
 * `quantization_config`: how `transformers` is told that a model is ternary.
 *
 * Its `AutoBitLinear` in mode `online` computes what `absmean` per tensor with 8-bit activations per token computes
 * here: W̃ = round(clip(W / mean|W|, −1, 1))·mean|W|, x̃ = round(127·x / max|x|)·max|x| / 127, from latent weights that
 * are stored as floats. Without the field it runs the latent weights as they are.
 *
 * @see "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764
 * @module
 */
import { makeQuantization, type Quantization } from "../nn/quantization.ts";
import type { ConfigFields } from "./config_fields.ts";

/** The field's content. */
export interface QuantizationConfigJson {
  /** BitNet's, among those of `transformers`. */
  readonly quant_method: "bitnet";
  /** What takes the place of linear layers. */
  readonly linear_class: "autobitlinear";
  /** Weights are quantized as they are used. */
  readonly quantization_mode: "online";
  /** Linear layers that stay float; `lm_head` always does. */
  readonly modules_to_not_convert: readonly string[] | null;
}

/** What a saved model says of its quantization to other programs. */
export interface SavedQuantization {
  /** Where `transformers` computes the same. */
  readonly quantization_config?: QuantizationConfigJson;
}

/** In `bittext`, of models that `transformers` would open and compute otherwise. */
export const RUNS_AS_FLOAT =
  "transformers has no quantization like this one and would run the latent weights as floats";

/** Whether `transformers` computes the same. */
export function isOnlineTernary(quantization: Quantization): boolean {
  const { weightBits, weightQuantizer, weightGranularity, activationBits, activationScheme } =
    quantization;
  return weightBits === 1.58 && weightQuantizer?.name === "absmean" &&
    weightGranularity === "tensor" && activationBits === 8 && activationScheme === "absmax_token";
}

/** What to write for a quantization that {@link isOnlineTernary}. */
export function onlineTernary(floatModules: readonly string[] | null): QuantizationConfigJson {
  return {
    quant_method: "bitnet",
    linear_class: "autobitlinear",
    quantization_mode: "online",
    modules_to_not_convert: floatModules,
  };
}

/**
 * The quantization of a model that says nothing of BitText: what `quantization_config` says; without it, float.
 *
 * @param floatModules Linear layers that are float here: others may not be left out, nor these converted.
 * @throws {InputError} If it is of another kind, which is named.
 */
export function foreignQuantization(
  fields: ConfigFields,
  floatModules: readonly string[],
): Quantization {
  if (!fields.has("quantization_config")) return makeQuantization({ weightBits: 32 });
  const stated = fields.part("quantization_config");
  stated.choice("quant_method", "" as "bitnet", ["bitnet"]);
  if (stated.optional("quantization_mode") === "offline" || !stated.has("linear_class")) {
    throw stated.error(
      "quantization_mode",
      "so its weights are packed, and packed weights cannot be opened yet; the model's float (bf16) weights can",
    );
  }
  stated.choice("linear_class", "" as "autobitlinear", ["autobitlinear"]);
  stated.only("use_rms_norm", false);
  stated.ignore("rms_norm_eps");
  const left = stated.optional("modules_to_not_convert");
  const isKnown = left === undefined ||
    Array.isArray(left) && left.every((name) => floatModules.includes(name));
  if (!isKnown) {
    throw stated.error(
      "modules_to_not_convert",
      `this version leaves ${floatModules.join(" and ")} as floats and nothing else`,
    );
  }
  stated.finish();
  return makeQuantization();
}

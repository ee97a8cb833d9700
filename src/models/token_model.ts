/**
 * Models that continue a sequence of tokens, of whatever family.
 *
 * @module
 */
import type { Model, ModelConfig } from "./model.ts";

/** A model that continues a sequence of tokens. */
export interface TokenModel extends Model {
  /** How many positions it sees at once. */
  readonly config: ModelConfig & { readonly maxPositions: number };
  /**
   * Logits of the token that follows one position of each sequence; the weights must be refreshed first.
   *
   * @param tokens (B·T) ids, row by row. What stands behind a position does not change its logits.
   * @param options Shape of the tokens, and (B) the position in each sequence, from 0.
   * @returns (B·V) logits.
   * @throws {RangeError} If an id is outside the vocabulary, a position outside its sequence or the sizes do not fit.
   */
  next(
    tokens: Int32Array,
    options: {
      readonly shape: readonly [B: number, T: number];
      readonly positions: Int32Array;
    },
  ): Promise<Float32Array>;
}

/**
 * The model as one that continues tokens.
 *
 * @throws {TypeError} If it does not.
 */
export function tokenModel(model: Model): TokenModel {
  if ("next" in model && typeof model.next === "function") return model as TokenModel;
  throw new TypeError(
    `Cannot continue tokens with a model of the family ${model.family}: it makes none; ` +
      "load a language model",
  );
}

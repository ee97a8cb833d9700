/**
 * Reads the fields of a JSON file that others may have written: each is used, known to be harmless, or refused by name.
 *
 * Whoever reads a format states type and range of every field it uses, which values of the others it can live with, and
 * ends with {@link ConfigFields.finish}: a field nobody has looked at may change what the model computes, so it is
 * refused, not read past.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { granularityFromJson } from "../nn/granularity.ts";
import { makeQuantization, type Quantization } from "../nn/quantization.ts";

/** Sizes beyond this no device has memory for. */
const LARGEST_SIZE = 2 ** 31 - 1;

/** What `transformers` writes into any `config.json` that has no influence on what a model computes for a given input. */
const HARMLESS = new Set([
  ...["architectures", "model_type", "transformers_version", "torch_dtype", "dtype", "license"],
  ...["tokenizer_class", "processor_class", "auto_map", "custom_pipelines", "name_or_path"],
  ...["use_cache", "return_dict", "output_attentions", "output_hidden_states", "torchscript"],
  ...[
    "bos_token_id",
    "eos_token_id",
    "pad_token_id",
    "unk_token_id",
    "sep_token_id",
    "cls_token_id",
  ],
  ...["mask_token_id", "decoder_start_token_id", "prefix", "task_specific_params", "problem_type"],
  ...["finetuning_task", "attn_implementation", "chunk_size_feed_forward", "remove_invalid_values"],
  ...["is_encoder_decoder", "tie_encoder_decoder", "cross_attention_hidden_size", "use_bfloat16"],
  ...["add_cross_attention", "tf_legacy_loss", "output_scores", "return_dict_in_generate"],
  // Settings of generation, which old versions wrote here.
  ...["max_length", "min_length", "max_new_tokens", "do_sample", "early_stopping", "num_beams"],
  ...["num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "typical_p"],
  ...[
    "repetition_penalty",
    "length_penalty",
    "no_repeat_ngram_size",
    "bad_words_ids",
    "suppress_tokens",
  ],
  ...["encoder_no_repeat_ngram_size", "num_return_sequences", "begin_suppress_tokens"],
  ...["forced_bos_token_id", "forced_eos_token_id", "exponential_decay_length_penalty"],
]);

/** What a run adds to the `config.json` of its model. */
const OF_RUNS = new Set(["training", "epochs", "data", "init", "versions", "quantized_from"]);

/** Which numbers a field may hold. */
export interface NumberRange {
  /** Smallest; default none. */
  readonly min?: number;
  /** Largest; default none. */
  readonly max?: number;
  /** What is wanted, in words. */
  readonly words?: string;
  /** Whether it is a whole number. */
  readonly whole?: boolean;
}

/** The fields of one JSON object. */
export class ConfigFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #source: string;
  readonly #seen = new Set<string>();

  /**
   * Fields of an object; one that is null counts as absent.
   *
   * @param json What should be an object.
   * @param source Its name, for messages.
   * @throws {InputError} If it is none.
   */
  constructor(json: unknown, source: string) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new InputError(`Cannot load ${source}: it must be a JSON object`);
    }
    this.#fields = json as Record<string, unknown>;
    this.#source = source;
  }

  /** Whether a field is there. */
  has(field: string): boolean {
    return this.optional(field) !== undefined;
  }

  /** The architecture that the model states, the first if there are several; undefined if there is none. */
  statedArchitecture(): string | undefined {
    const stated = this.optional("architectures");
    const first: unknown = Array.isArray(stated) ? stated[0] : undefined;
    return typeof first === "string" ? first : shown(first);
  }

  /**
   * The architecture that the model states, the first if there are several.
   *
   * @param known Those that would be accepted.
   * @throws {InputError} If it is none of them.
   */
  architecture(known: readonly string[]): string {
    const name = this.statedArchitecture();
    const found = known.find((architecture) => architecture === name);
    if (found !== undefined) return found;
    throw new InputError(
      `Cannot load ${this.#source}: its architecture is ${name ?? "missing"}, ` +
        `${known.join(" or ")} is needed`,
    );
  }

  /** Any field; undefined if it is absent. */
  optional(field: string): unknown {
    this.#seen.add(field);
    return Object.hasOwn(this.#fields, field) ? this.#fields[field] ?? undefined : undefined;
  }

  /**
   * An object in a field; an empty one if it is absent.
   *
   * @throws {InputError} If it is anything else.
   */
  part(field: string): ConfigFields {
    return new ConfigFields(this.optional(field) ?? {}, `${this.#source}: ${field}`);
  }

  /**
   * A number.
   *
   * @param fallback Its value where the field is absent.
   * @throws {InputError} If it is none, out of the range, or absent without a fallback.
   */
  number(field: string, fallback?: number, range: NumberRange = {}): number {
    const { min = -Infinity, max = Infinity, whole = false, words = "a number" } = range;
    const value = this.optional(field) ?? fallback;
    const isGood = typeof value === "number" && Number.isFinite(value) && value >= min &&
      value <= max && (!whole || Number.isInteger(value));
    if (isGood) return value;
    throw this.error(field, `it must be ${words}`);
  }

  /** A whole number of at least 1. */
  size(field: string, fallback?: number): number {
    const words = `a whole number from 1 to ${LARGEST_SIZE}`;
    return this.number(field, fallback, { min: 1, max: LARGEST_SIZE, whole: true, words });
  }

  /** A share of at least 0 and less than 1. */
  rate(field: string, fallback?: number): number {
    return this.number(field, fallback, { min: 0, max: 1 - 1e-9, words: "in [0, 1)" });
  }

  /** A number above 0. */
  positive(field: string, fallback?: number): number {
    return this.number(field, fallback, { min: Number.MIN_VALUE, words: "a number above 0" });
  }

  /**
   * True or false.
   *
   * @throws {InputError} If it is neither.
   */
  flag(field: string, fallback: boolean): boolean {
    const value = this.optional(field) ?? fallback;
    if (typeof value === "boolean") return value;
    throw this.error(field, "it must be true or false");
  }

  /**
   * A text; undefined if it is absent.
   *
   * @throws {InputError} If it is anything else.
   */
  text(field: string): string | undefined {
    const value = this.optional(field);
    if (value === undefined || typeof value === "string") return value;
    throw this.error(field, "it must be a text");
  }

  /**
   * A list of numbers; undefined if it is absent.
   *
   * @throws {InputError} If it is anything else.
   */
  numbers(field: string): readonly number[] | undefined {
    const value = this.optional(field);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every(Number.isFinite)) return value;
    throw this.error(field, "it must be a list of numbers");
  }

  /**
   * One of several names.
   *
   * @throws {InputError} If it is another.
   */
  choice<T extends string>(field: string, fallback: T, choices: readonly T[]): T {
    const value = this.optional(field) ?? fallback;
    const choice = choices.find((name) => name === value);
    if (choice !== undefined) return choice;
    throw this.error(field, `this version has ${choices.join(" and ")}`);
  }

  /**
   * A field that would change what is computed: it must be absent or have one of the values that change nothing.
   *
   * @throws {InputError} If it has another.
   */
  only(field: string, ...accepted: readonly unknown[]): void {
    const value = this.optional(field);
    if (value === undefined || accepted.includes(value)) return;
    const words = accepted.length === 0 ? "absent" : accepted.map(shown).join(" or ");
    throw this.error(field, `this version has it ${words} only`);
  }

  /** Fields whose values do not matter here. */
  ignore(...fields: readonly string[]): void {
    for (const field of fields) this.#seen.add(field);
  }

  /**
   * Says that everything has been read.
   *
   * @throws {InputError} If there is a field that nobody knows.
   */
  finish(): void {
    for (const field of Object.keys(this.#fields)) {
      const isKnown = this.#seen.has(field) || HARMLESS.has(field) || OF_RUNS.has(field) ||
        field.startsWith("_");
      if (isKnown || isNothing(this.#fields[field])) continue;
      throw this.error(field, "this version does not know the field and what it changes");
    }
  }

  /** The error of a field with an impossible value, to be thrown. */
  error(field: string, why: string): InputError {
    const value = shown(this.optional(field)) ?? "missing";
    return new InputError(`Cannot load ${this.#source}: ${field} is ${value}, ${why}`);
  }
}

/** Whether a value says that something is not there. */
function isNothing(value: unknown): boolean {
  return value === null || value === false || value === "" ||
    typeof value === "object" && Object.keys(value).length === 0;
}

/** A value as JSON, cut where it is long. */
function shown(value: unknown): string | undefined {
  const text = JSON.stringify(value);
  return text === undefined || text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

/**
 * The quantization that the `bittext` object of a `config.json` states.
 *
 * @throws {InputError} If a field has an impossible value.
 */
export function quantizationFromFields(bittext: ConfigFields): Quantization {
  const optionalNumber = (field: string) => bittext.has(field) ? bittext.number(field) : undefined;
  const scheme = bittext.text("activation_scheme");
  return makeQuantization({
    weightBits: optionalNumber("weight_bits"),
    weightScheme: bittext.text("weight_scheme"),
    weightGranularity: granularityFromJson({
      weight_granularity: bittext.text("weight_granularity"),
      weight_group_size: optionalNumber("weight_group_size"),
    }),
    weightThreshold: optionalNumber("weight_threshold"),
    activationBits: optionalNumber("activation_bits"),
    activationScheme: scheme === "none" ? undefined : scheme,
  });
}

/**
 * Reads the fields of a `config.json`, with errors that name them.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { granularityFromJson } from "../nn/granularity.ts";
import { makeQuantization, type Quantization } from "../nn/quantization.ts";

/** The fields of one JSON object. */
export class ConfigFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #source: string;

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

  /** The architecture that the model states, the first if there are several; undefined if there is none. */
  statedArchitecture(): unknown {
    const stated = this.#fields.architectures;
    return Array.isArray(stated) ? stated[0] : undefined;
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
  optional<T>(field: string): T | undefined {
    return (this.#fields[field] ?? undefined) as T | undefined;
  }

  /** An object in a field; an empty one if it is absent. */
  part(field: string): ConfigFields {
    return new ConfigFields(this.#fields[field] ?? {}, `${this.#source}: ${field}`);
  }

  /**
   * A number.
   *
   * @param fallback Its value where the field is absent.
   * @throws {InputError} If it is none, or absent without a fallback.
   */
  number(field: string, fallback?: number): number {
    const value = this.#fields[field] ?? fallback;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw this.error(field, "it must be a number");
  }

  /**
   * One of several names.
   *
   * @throws {InputError} If it is another.
   */
  choice<T extends string>(field: string, fallback: T, choices: readonly T[]): T {
    const value = this.#fields[field] ?? fallback;
    const choice = choices.find((name) => name === value);
    if (choice !== undefined) return choice;
    throw this.error(field, `this version has ${choices.join(" and ")}`);
  }

  /** The error of a field with an impossible value, to be thrown. */
  error(field: string, why: string): InputError {
    const value = JSON.stringify(this.#fields[field]);
    return new InputError(`Cannot load ${this.#source}: ${field} is ${value}, ${why}`);
  }
}

/** The quantization that the `bittext` object of a `config.json` states. */
export function quantizationFromFields(bittext: ConfigFields): Quantization {
  const scheme = bittext.optional<string>("activation_scheme");
  return makeQuantization({
    weightBits: bittext.optional("weight_bits"),
    weightScheme: bittext.optional("weight_scheme"),
    weightGranularity: granularityFromJson({
      weight_granularity: bittext.optional("weight_granularity"),
      weight_group_size: bittext.optional("weight_group_size"),
    }),
    weightThreshold: bittext.optional("weight_threshold"),
    activationBits: bittext.optional("activation_bits"),
    activationScheme: scheme === "none" ? undefined : scheme,
  });
}

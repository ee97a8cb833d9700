/**
 * Reads what a `config.json` says of training and data, which anybody may have edited.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { type TrainingOptions, trainingOptions } from "./options.ts";
import type { DataSource } from "./run_config.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Fields that may be null, by what they are otherwise. */
const NULLABLE: Readonly<Record<string, string>> = { earlyStop: "number", tuner: "object" };

/**
 * The `training` section: what is absent takes its default, what is there has the type of its default.
 *
 * @param source The file, for messages.
 * @throws {InputError} If a field has another type, or is not known.
 */
export function storedTraining(json: unknown, source: string): TrainingOptions {
  const stated = fieldsOf(json, "training", source);
  const defaults = trainingOptions() as unknown as Fields;
  for (const [name, value] of Object.entries(stated)) {
    if (!Object.hasOwn(defaults, name)) {
      throw refusal(source, `training.${name}`, value, "this version does not know the field");
    }
    const type = NULLABLE[name] ?? typeof defaults[name];
    if (!isOf(type, value) && !(value === null && name in NULLABLE)) {
      throw refusal(source, `training.${name}`, value, `it must be a ${type}`);
    }
  }
  return trainingOptions(stated as Partial<TrainingOptions>);
}

/**
 * The `data` section: names and settings, and lists of numbers.
 *
 * @param source The file, for messages.
 * @throws {InputError} If a field is anything else.
 */
export function storedData<D extends DataSource>(json: unknown, source: string): D {
  const stated = fieldsOf(json, "data", source);
  for (const name of ["name", "source", "sha256"]) {
    if (typeof stated[name] === "string") continue;
    throw refusal(source, `data.${name}`, stated[name], "it must be a text");
  }
  for (const [name, value] of Object.entries(stated)) {
    const isList = Array.isArray(value) && value.length <= 16 && value.every(isFinite);
    if (!isList && !isPlain(value)) {
      throw refusal(
        source,
        `data.${name}`,
        value,
        "it must be a text, a number or a list of numbers",
      );
    }
    if (name === "std" && !(isList && value.every((deviation) => deviation > 0))) {
      throw refusal(source, "data.std", value, "it must be a list of numbers above 0");
    }
    if (name === "mean" && !isList) {
      throw refusal(source, "data.mean", value, "it must be a list of numbers");
    }
  }
  return stated as unknown as D;
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "object":
      return isObject(value) && Object.values(value).every(isPlain);
    case "number":
      return isFinite(value);
  }
  return typeof value === "string";
}

function fieldsOf(json: unknown, name: string, source: string): Fields {
  if (isObject(json)) return json;
  throw refusal(source, name, json, "it must be an object");
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function isPlain(value: unknown): boolean {
  return value === null || ["string", "boolean"].includes(typeof value) || isFinite(value);
}

function refusal(source: string, field: string, value: unknown, why: string): InputError {
  const text = JSON.stringify(value) ?? "missing";
  const shown = text.length <= 60 ? text : `${text.slice(0, 59)}…`;
  return new InputError(`Cannot load ${source}: ${field} is ${shown}, ${why}`);
}

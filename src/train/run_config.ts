/**
 * What a run is, as its `config.json` says it: model, training, data.
 *
 * @module
 */
import program from "../../deno.json" with { type: "json" };
import { denoVersion } from "../host/system.ts";
import { InputError, OptionError, optionName } from "../errors.ts";
import { familyOfConfig, modelFamily } from "../models/families.ts";
import type { ModelConfig, ModelConfigJson } from "../models/model.ts";
import type { TrainingOptions } from "./options.ts";
import { storedData, storedTraining } from "./stored_options.ts";

/** Which data a run learns from. */
export interface DataSource {
  /** A name or path that means exactly this data. */
  readonly name: string;
  /** Where it was had from, for people. */
  readonly source: string;
  /** Of the data, in hexadecimal digits: of text as UTF-8, before it was cleaned. */
  readonly sha256: string;
}

/**
 * Everything `config.json` says about a run.
 *
 * @typeParam C Architecture and quantization of its model.
 * @typeParam D What it says of the data.
 */
export interface RunConfig<
  C extends ModelConfig = ModelConfig,
  D extends DataSource = DataSource,
> {
  /** The family of its model. */
  readonly family: string;
  /** Architecture and quantization. */
  readonly model: C;
  /** Everything else that decides how the run goes. */
  readonly training: TrainingOptions;
  /** How many passes over the data were asked for; null if the number of steps was given. */
  readonly epochs: number | null;
  /** What it learns from. */
  readonly data: D;
  /** Directory of the weights it starts from; null: random. */
  readonly init: string | null;
}

/** The content of `config.json`. */
export function runConfigToJson(config: RunConfig): ModelConfigJson {
  return {
    ...modelFamily(config.family).configToJson(config.model),
    training: config.training,
    epochs: config.epochs,
    data: config.data,
    init: config.init,
    versions: { bittext: program.version, deno: denoVersion },
  };
}

/**
 * Reads a `config.json`.
 *
 * @param json Its content.
 * @param run The run, for messages.
 * @param source The file, for messages.
 * @throws {OptionError} If it is damaged, or that of a mere model directory.
 */
export function runConfigFromJson(json: unknown, run: string, source: string): RunConfig {
  const family = familyOfConfig(json, source);
  const { training, data, epochs = null, init = null } = json as StoredRun;
  if (training === undefined || data === undefined) {
    throw new OptionError(
      `Cannot use ${run} as a run: its config.json has no training and data sections; ` +
        `a model directory can be evaluated with ${optionName("data")}, or trained further with ` +
        optionName("init"),
    );
  }
  if (epochs !== null && !(Number.isFinite(epochs) && epochs as number > 0)) {
    throw new InputError(`Cannot load ${source}: epochs must be a number above 0`);
  }
  if (init !== null && typeof init !== "string") {
    throw new InputError(`Cannot load ${source}: init must be the path of a model`);
  }
  return {
    family: family.name,
    model: family.configFromJson(json, source),
    training: storedTraining(training, source),
    epochs: epochs as number | null,
    data: storedData(data, source),
    init,
  };
}

/** What a `config.json` should have besides the model. */
interface StoredRun {
  readonly training?: unknown;
  readonly epochs?: unknown;
  readonly data?: unknown;
  readonly init?: unknown;
}

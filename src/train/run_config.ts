/**
 * What a run is, as its `config.json` says it: model, training, data.
 *
 * @module
 */
import { denoVersion } from "../host/system.ts";
import program from "../../deno.json" with { type: "json" };
import type { CorpusOptions } from "../data/text/corpus.ts";
import { OptionError, optionName } from "../errors.ts";
import { ConfigFields } from "../models/config_fields.ts";
import type { ModelConfigJson } from "../models/model.ts";
import {
  TEXT_ARCHITECTURE,
  type TextConfig,
  textConfigFromJson,
  textConfigToJson,
} from "../models/text/config.ts";
import type { VitConfig } from "../models/vit/config.ts";
import { VIT_ARCHITECTURE, vitConfigFromJson, vitConfigToJson } from "../models/vit/config_json.ts";
import { type TrainingOptions, trainingOptions } from "./options.ts";

/** Which data a run learns from. */
export interface DataSource {
  /** A name or path that means exactly this data. */
  readonly name: string;
  /** Where it was had from, for people. */
  readonly source: string;
  /** Of the data, in hexadecimal digits: of text as UTF-8, before it was cleaned. */
  readonly sha256: string;
}

/** Which text a run learns from, and what became of it if it was not left as it is. */
export interface DataRecord extends DataSource, Partial<CorpusOptions> {}

/** Which images a run learns from, and what becomes of them. */
export interface ImageDataRecord extends DataSource {
  /** Which column of rows is the class; left out where the data tells it. */
  readonly labelColumn?: string;
  /** Name of the augmentation of training images. */
  readonly augment: string;
  /** Per channel what is subtracted of a pixel; white is 1. */
  readonly mean: readonly number[];
  /** Per channel what it is then divided by. */
  readonly std: readonly number[];
}

/** Which data some run learns from: text, or images. */
export type StoredData = DataRecord & Partial<Omit<ImageDataRecord, keyof DataSource>>;

/** What the configurations of all runs say. */
export interface RunConfigOf<F extends string, M, D extends DataSource> {
  /** What kind of model it is. */
  readonly family: F;
  /** Architecture and quantization. */
  readonly model: M;
  /** Everything else that decides how the run goes. */
  readonly training: TrainingOptions;
  /** What `--epochs` asked for; null if the number of steps was given. */
  readonly epochs: number | null;
  /** What it learns from. */
  readonly data: D;
  /** Directory of the weights it starts from; null: random. */
  readonly init: string | null;
}

/** A language model that learns text. */
export type TextRunConfig = RunConfigOf<"text", TextConfig, DataRecord>;

/** An image model that learns images. */
export type ImageRunConfig = RunConfigOf<"vit", VitConfig, ImageDataRecord>;

/** Everything `config.json` says about a run. */
export type RunConfig = TextRunConfig | ImageRunConfig;

/** The content of `config.json`. */
export function runConfigToJson(config: RunConfig): ModelConfigJson {
  const model = config.family === "text"
    ? textConfigToJson(config.model)
    : vitConfigToJson(config.model);
  return {
    ...model,
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
 * @throws {InputError} If it is damaged, or that of a mere model directory.
 */
export function runConfigFromJson(json: unknown, run: string, source: string): RunConfig {
  const architectures = [TEXT_ARCHITECTURE, VIT_ARCHITECTURE];
  const architecture = new ConfigFields(json, source).architecture(architectures);
  const { training, data, epochs = null, init = null } = json as StoredRun;
  if (!training || !data) {
    throw new OptionError(
      `Cannot use ${run} as a run: its config.json has no training and data sections; ` +
        `a model directory can be evaluated with ${optionName("data")}, or trained further with ` +
        optionName("init"),
    );
  }
  const others = { training: trainingOptions(training), epochs, data, init };
  return architecture === TEXT_ARCHITECTURE
    ? { family: "text", model: textConfigFromJson(json, source), ...others }
    : { family: "vit", model: vitConfigFromJson(json, source), ...others };
}

/** What a `config.json` should have besides the model. */
interface StoredRun {
  readonly training?: Partial<TrainingOptions>;
  readonly epochs?: number | null;
  readonly data?: DataRecord & ImageDataRecord;
  readonly init?: string | null;
}

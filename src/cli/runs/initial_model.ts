/**
 * The model that a run starts from: `--init`.
 *
 * @module
 */
import { join } from "../../host/paths.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { readTokenizer } from "../../data/tokenizers/tokenizer_file.ts";
import { InputError } from "../../errors.ts";
import { modelFamily } from "../../models/families.ts";
import type { Model, ModelConfig } from "../../models/model.ts";
import {
  CONFIG_FILE,
  loadWeights,
  readJson,
  readModelConfig,
  WEIGHTS_FILE,
} from "../../models/model_directory.ts";
import { type TextConfig, textConfigFromJson } from "../../models/text/config.ts";
import type { VitConfig } from "../../models/vit/config.ts";
import { vitConfigFromJson } from "../../models/vit/config_json.ts";
import { quantizationToJson } from "../../nn/quantization.ts";
import type { RunConfig } from "../../train/run_config.ts";
import { kebabCase } from "../flags/flag.ts";
import { findTokenizer } from "../families/text/open_run.ts";
import { startedWith } from "./resume_config.ts";

/** What of a run, a checkpoint or any directory of a language model a new run takes over besides the weights. */
export interface InitialTextModel {
  /** Where it is. */
  readonly directory: string;
  /** Its architecture; how it is quantized does not matter. */
  readonly config: TextConfig;
  /** What its token ids mean; undefined where nothing says it. */
  readonly tokenizer: { readonly file: string; readonly value: Tokenizer } | undefined;
}

/**
 * Reads all but the weights of the language model in a directory.
 *
 * @throws {InputError} If there is none, or its files are damaged.
 */
export async function readInitialTextModel(directory: string): Promise<InitialTextModel> {
  const path = join(directory, CONFIG_FILE);
  const config = textConfigFromJson(await readJson(path), path);
  const file = await findTokenizer(directory);
  const tokenizer = file === undefined ? undefined : { file, value: await readTokenizer(file) };
  return { directory, config, tokenizer };
}

/**
 * Reads all but the weights of the image model in a directory.
 *
 * @throws {InputError} If there is none, or its file is damaged.
 */
export async function readInitialImageModel(directory: string): Promise<VitConfig> {
  const path = join(directory, CONFIG_FILE);
  return vitConfigFromJson(await readJson(path), path);
}

/** Flags that decide the shapes of the weights, or what is computed with them. */
const ARCHITECTURE = {
  text: ["layers", "dim", "heads", "kvHeads", "ffn", "activation", "tieEmbeddings"],
  vit: [
    ...["layers", "dim", "heads", "ffn", "activation"] as const,
    ...["imageSize", "patch", "convLayers", "convChannels", "pooling"] as const,
  ],
} as const;

/**
 * Checks that the weights of a model fit a run.
 *
 * @param other The run as it would be with that model.
 * @param directory Where the model is.
 * @throws {InputError} If they do not, naming every flag that would have to be another one.
 */
export function checkArchitecture(run: RunConfig, other: RunConfig, directory: string): void {
  const differ = ARCHITECTURE[run.family].filter((flag) =>
    startedWith(flag, other) !== startedWith(flag, run)
  );
  if (differ.length === 0) return;
  const shown = (of: RunConfig) =>
    differ.map((flag) => `--${kebabCase(flag)} ${startedWith(flag, of)}`).join(" ");
  throw new InputError(
    `Cannot start from ${directory}: its model has ${shown(other)}, this run ${shown(run)}; ` +
      "give the same",
  );
}

/**
 * Checks that token ids mean in a run what they mean to a model.
 *
 * @throws {InputError} If they do not.
 */
export function checkVocabulary(tokenizer: Tokenizer, initial: InitialTextModel): void {
  const { directory, config, tokenizer: theirs } = initial;
  if (theirs && JSON.stringify(theirs.value.toJSON()) !== JSON.stringify(tokenizer.toJSON())) {
    throw new InputError(
      `Cannot start from ${directory}: its vocabulary of ${theirs.value.vocabSize} tokens is ` +
        `another than this run's of ${tokenizer.vocabSize}; leave --tokenizer out to use it`,
    );
  }
  if (config.vocabSize !== tokenizer.vocabSize) {
    throw new InputError(
      `Cannot start from ${directory}: its vocabulary has ${config.vocabSize} tokens, ` +
        `this run's ${tokenizer.vocabSize}; choose the same text or --tokenizer`,
    );
  }
}

/**
 * Uploads the weights of the model in a directory. What its quantizers keep beside them is for this model only if
 * weights, or activations, are quantized in the same way.
 *
 * @throws {InputError} If the file is missing or damaged, or does not fit the model.
 */
export async function loadInitialWeights(model: Model, directory: string): Promise<void> {
  const family = modelFamily(model.family);
  const config = await readModelConfig(directory, family);
  const parts = (config: ModelConfig) => {
    const all = family.quantizations(config).map(quantizationToJson);
    const activations = all.map(({ activation_bits: bits, activation_scheme: scheme }) => ({
      bits,
      scheme,
    }));
    const weights = all.map(({ activation_bits: _, activation_scheme: __, ...rest }) => rest);
    return { weights: JSON.stringify(weights), activations: JSON.stringify(activations) };
  };
  const [theirs, ours] = [parts(config), parts(model.config)];
  await loadWeights(model, join(directory, WEIGHTS_FILE), {
    withoutWeightQuantizer: theirs.weights !== ours.weights,
    withoutRunningMaxima: theirs.activations !== ours.activations,
  });
}

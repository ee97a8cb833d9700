/**
 * Quantizes a float run without training it, and measures what that costs.
 *
 * @module
 */
import { join, resolve } from "../host/paths.ts";
import { denoVersion } from "../host/system.ts";
import program from "../../deno.json" with { type: "json" };
import { openDevice } from "../device/open_device.ts";
import { OptionError, optionName } from "../errors.ts";
import { layerErrors, meanError } from "../models/layer_errors.ts";
import type { Model, ModelConfig } from "../models/model.ts";
import { readJson, readModelConfig, saveModel } from "../models/model_directory.ts";
import { modelSize } from "../models/model_size.ts";
import { quantizePostTraining } from "../models/post_training.ts";
import { makeQuantization, type Quantization, quantizationToJson } from "../nn/quantization.ts";
import { RunDirectory } from "../train/run_directory.ts";
import { checkMeaning, familyOfDirectory } from "./families.ts";
import type { RunFamily } from "./family.ts";
import type { FloatRun } from "./float_run.ts";
import { COMPUTING_OPTIONS } from "./options/general.ts";
import type { OptionTable } from "./options/option.ts";
import { POST_TRAINING_OPTIONS } from "./options/post_training.ts";
import { type GivenOptions, type OptionsOfTable, valuesOf } from "./options/values.ts";
import {
  errorToJson,
  type QuantizedOutcome,
  type QuantizeOutcome,
  widthsToJson,
} from "./quantize_outcome.ts";
import { chooseRun } from "./run_choice.ts";
import type { WorkHooks } from "./work.ts";

type PostTrainingOptions = OptionsOfTable<typeof POST_TRAINING_OPTIONS>;

/** The options of {@link quantizeRun} for models of a family. */
export function postTrainingOptions({ evaluationOptions, widthOptions }: RunFamily): OptionTable {
  return { ...POST_TRAINING_OPTIONS, ...widthOptions, ...evaluationOptions };
}

/** A model to make. */
interface Target {
  readonly quantization: Quantization;
  readonly path: string;
}

/**
 * Makes quantized models of a float run, each in a directory of its own, and evaluates them and the float one, as
 * `deno task quantize` does.
 *
 * @param given Options of {@link postTrainingOptions} in camelCase, `run`, `device` and `threads`; `bits`, `scheme` and
 *   `granularity` take lists.
 * @throws {InputError} If the run is not float, or an option is wrong.
 */
export async function quantizeRun(
  { run, device: backend, threads, ...given }: GivenOptions = {},
  work: WorkHooks = {},
): Promise<QuantizeOutcome> {
  const directory = await chooseRun(run as string | undefined);
  const family = await familyOfDirectory(directory.path);
  const table = postTrainingOptions(family);
  checkMeaning(family.models.name, table, given, postTrainingOptions);
  const options = valuesOf(table, given);
  const making = options as PostTrainingOptions;
  const widths = widthsOf(family, options);
  const targets = findTargets(making, widths)(directory);
  checkFloat(await readModelConfig(directory.path, family.models), directory);
  for (const { path } of targets) await checkFree(path);
  const computing = valuesOf(COMPUTING_OPTIONS, { device: backend, threads });
  using device = await openDevice({ backend: computing.device, threads: computing.threads });
  const calibrated = targets.some(({ quantization }) => needsCalibration(quantization));
  using float = await family.openFloat({ directory, options, device, work }, calibrated);
  return await quantizeAll(family, float, directory, targets, widths, work);
}

async function quantizeAll(
  { models: family, widthOptions }: RunFamily,
  float: FloatRun<Model>,
  directory: RunDirectory,
  targets: readonly Target[],
  widths: Readonly<Record<string, number | undefined>>,
  work: WorkHooks,
): Promise<QuantizeOutcome> {
  const total = targets.length + 1;
  const report = (done: number) =>
    work.onProgress?.({ label: "quantize", unit: "models", done, total });
  report(0);
  const evaluation = await float.evaluate(float.model);
  report(1);
  const quantized: QuantizedOutcome[] = [];
  for (const { quantization, path } of targets) {
    const calibrate = needsCalibration(quantization) ? float.calibrate : undefined;
    using model = await quantizePostTraining(float.model, quantization, calibrate, widths);
    const evaluation = await float.evaluate(model);
    const layers = await layerErrors(model.memory);
    await float.saveBeside(path);
    await save(model, path, directory);
    quantized.push({
      path,
      ...quantizationToJson(quantization),
      ...widthsToJson(widthOptions, model.config),
      ...evaluation,
      packed_bytes: modelSize(family, model.config).packedBytes,
      error: errorToJson(meanError(layers)),
      layers: Object.fromEntries(
        [...layers].map(([module, error]) => [module, errorToJson(error)]),
      ),
    });
    report(quantized.length + 1);
  }
  return {
    run: directory.path,
    float: { ...evaluation, float_bytes: modelSize(family, float.model.config).floatBytes },
    quantized,
  };
}

/** The widths of what is quantized apart, of those that were given. */
function widthsOf({ widthOptions }: RunFamily, options: object): Record<string, number> {
  const stated = Object.entries(options).filter(([name]) => Object.hasOwn(widthOptions, name));
  return Object.fromEntries(stated);
}

/** Finds out what to make; where depends on the run. */
function findTargets(
  options: PostTrainingOptions,
  widths: Readonly<Record<string, number>>,
): (directory: RunDirectory) => Target[] {
  const { bits, scheme = [undefined], granularity = [undefined] } = options;
  const quantizations = bits.flatMap((weightBits) =>
    scheme.flatMap((weightScheme) =>
      granularity.map((weightGranularity) =>
        makeQuantization({
          ...{ weightBits, weightScheme, weightGranularity },
          weightThreshold: options.threshold,
          activationBits: options.activationBits,
          activationScheme: options.activationScheme,
        })
      )
    )
  );
  const nameOf = ({ weightBits, weightQuantizer, weightGranularity }: Quantization) =>
    [
      `${weightBits}bit-${weightQuantizer!.name}`,
      ...(options.granularity ? [weightGranularity.replace(":", "")] : []),
      ...Object.entries(widths).map(([name, width]) => name.replace("Bits", "") + width),
    ].join("-");
  return ({ path }) =>
    quantizations.map((quantization) => {
      const name = nameOf(quantization);
      if (options.out === undefined) return { quantization, path: join(path, "quantized", name) };
      const isAlone = quantizations.length === 1;
      return { quantization, path: isAlone ? options.out : join(options.out, name) };
    });
}

function checkFloat({ quantization }: ModelConfig, { path }: RunDirectory): void {
  const { weightBits, weightQuantizer } = quantization;
  if (!weightQuantizer) return;
  throw new OptionError(
    `Cannot quantize ${path}: it was trained with ${weightBits}-bit weights ` +
      `(${weightQuantizer.name}); give a float run, as train with ${
        optionName("bits")
      } 32 makes it`,
  );
}

/** What this has made it may make anew, but nothing else. */
async function checkFree(path: string): Promise<void> {
  const directory = new RunDirectory(path);
  if (!await directory.exists()) return;
  const config = await readJson(directory.configPath) as { readonly quantized_from?: unknown };
  if (config?.quantized_from !== undefined) return;
  throw new OptionError(
    `Cannot write a quantized model to ${path}: there is a run or a model already; ` +
      `choose another ${optionName("out")}`,
  );
}

function needsCalibration({ activationScheme }: Quantization): boolean {
  return activationScheme === "ema_tensor";
}

async function save(model: Model, path: string, from: RunDirectory): Promise<void> {
  const { data } = await readJson(from.configPath) as { readonly data?: unknown };
  await saveModel(model, path, {
    data,
    quantized_from: resolve(from.path),
    versions: { bittext: program.version, deno: denoVersion },
  });
}

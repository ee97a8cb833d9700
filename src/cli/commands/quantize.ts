/**
 * `quantize`: a float run in fewer bits, without training, and what that costs.
 *
 * @module
 */
import { join, resolve } from "../../host/paths.ts";
import { denoVersion } from "../../host/system.ts";
import program from "../../../deno.json" with { type: "json" };
import { openDevice } from "../../device/open_device.ts";
import { InputError } from "../../errors.ts";
import { modelFamily } from "../../models/families.ts";
import { layerErrors, meanError } from "../../models/layer_errors.ts";
import type { OuterBits } from "../../models/vit/model.ts";
import type { Model, ModelConfig } from "../../models/model.ts";
import {
  readJson,
  readModelConfig,
  readModelFamily,
  saveModel,
} from "../../models/model_directory.ts";
import { modelSize } from "../../models/model_size.ts";
import { quantizePostTraining } from "../../models/post_training.ts";
import { makeQuantization, type Quantization, quantizationToJson } from "../../nn/quantization.ts";
import { RunDirectory } from "../../train/run_directory.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { openFloatImages } from "../families/vit/float.ts";
import type { FloatRun } from "../runs/float_run.ts";
import { openFloatText } from "../families/text/float.ts";
import { flagsForModel } from "../flags/model_flags.ts";
import {
  describeOutcome,
  errorToJson,
  outerBitsToJson,
  type QuantizedOutcome,
  type QuantizeOutcome,
} from "../runs/quantize_outcome.ts";
import { chooseRun } from "../runs/run_choice.ts";

/** A model to make. */
interface Target {
  readonly quantization: Quantization;
  readonly path: string;
}

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"quantize">,
  context: CommandContext,
): Promise<QuantizeOutcome> {
  const targetsIn = findTargets(flags);
  const directory = await chooseRun(flags.run);
  checkFloat(await readModelConfig(directory.path), directory);
  const targets = targetsIn(directory);
  for (const { path } of targets) await checkFree(path);
  const family = await readModelFamily(directory.path);
  const own = flagsForModel("quantize", flags, family.name);
  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  if (family.name === "vit") {
    using float = await openFloatImages(directory, own, device, context);
    return await quantizeAll(float, directory, targets, own, context);
  }
  const calibrated = targets.some(({ quantization }) => needsCalibration(quantization));
  using float = await openFloatText(directory, own, device, context, calibrated);
  return await quantizeAll(float, directory, targets, own, context);
}

async function quantizeAll<M extends Model>(
  float: FloatRun<M>,
  directory: RunDirectory,
  targets: readonly Target[],
  { embedBits, headBits }: OuterBits,
  context: CommandContext,
): Promise<QuantizeOutcome> {
  using progress = context.progress(targets.length + 1, "quantize", "models");
  const evaluation = await float.evaluate(float.model);
  progress.update(1);
  const quantized: QuantizedOutcome[] = [];
  for (const { quantization, path } of targets) {
    const calibrate = needsCalibration(quantization) ? float.calibrate : undefined;
    using model = await quantizePostTraining(float.model, quantization, calibrate, {
      embedBits,
      headBits,
    });
    const evaluation = await float.evaluate(model);
    const layers = await layerErrors(model.memory);
    await float.saveBeside(path);
    await save(model, path, directory);
    quantized.push({
      path,
      ...quantizationToJson(quantization),
      ...outerBitsToJson(model.config),
      ...evaluation,
      packed_bytes: modelSize(modelFamily(model.family), model.config).packedBytes,
      error: errorToJson(meanError(layers)),
      layers: Object.fromEntries(
        [...layers].map(([module, error]) => [module, errorToJson(error)]),
      ),
    });
    progress.update(quantized.length + 1);
  }
  const outcome: QuantizeOutcome = {
    run: directory.path,
    float: {
      ...evaluation,
      float_bytes: modelSize(modelFamily(float.model.family), float.model.config).floatBytes,
    },
    quantized,
  };
  if (!context.json) { for (const line of describeOutcome(outcome)) context.print(line); }
  return outcome;
}

/** Finds out what to make before anything is opened; where depends on the run. */
function findTargets(flags: ParsedFlags<"quantize">): (directory: RunDirectory) => Target[] {
  const { bits, scheme = [undefined], granularity = [undefined] } = flags;
  const quantizations = bits.flatMap((weightBits) =>
    scheme.flatMap((weightScheme) =>
      granularity.map((weightGranularity) =>
        makeQuantization({
          ...{ weightBits, weightScheme, weightGranularity },
          weightThreshold: flags.threshold,
          activationBits: flags.activationBits,
          activationScheme: flags.activationScheme,
        })
      )
    )
  );
  const nameOf = ({ weightBits, weightQuantizer, weightGranularity }: Quantization) => {
    const name = `${weightBits}bit-${weightQuantizer!.name}`;
    return [
      name,
      ...(flags.granularity ? [weightGranularity.replace(":", "")] : []),
      ...(flags.embedBits === undefined ? [] : [`embed${flags.embedBits}`]),
      ...(flags.headBits === undefined ? [] : [`head${flags.headBits}`]),
    ].join("-");
  };
  return ({ path }) =>
    quantizations.map((quantization) => {
      const name = nameOf(quantization);
      if (flags.out === undefined) return { quantization, path: join(path, "quantized", name) };
      const isAlone = quantizations.length === 1;
      return { quantization, path: isAlone ? flags.out : join(flags.out, name) };
    });
}

function checkFloat({ quantization }: ModelConfig, { path }: RunDirectory): void {
  const { weightBits, weightQuantizer } = quantization;
  if (!weightQuantizer) return;
  throw new InputError(
    `Cannot quantize ${path}: it was trained with ${weightBits}-bit weights ` +
      `(${weightQuantizer.name}); give a float run, as train --bits 32 makes it`,
  );
}

/** What this command has made it may make anew, but nothing else. */
async function checkFree(path: string): Promise<void> {
  const directory = new RunDirectory(path);
  if (!await directory.exists()) return;
  const config = await readJson(directory.configPath) as { readonly quantized_from?: unknown };
  if (config?.quantized_from !== undefined) return;
  throw new InputError(
    `Cannot write a quantized model to ${path}: there is a run or a model already; ` +
      "choose another --out",
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

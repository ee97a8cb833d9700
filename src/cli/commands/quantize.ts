/**
 * `quantize`: a float run in fewer bits, without training, and what that costs.
 *
 * @module
 */
import { join, resolve } from "node:path";
import program from "../../../deno.json" with { type: "json" };
import type { PreparedCorpus } from "../../data/prepared/prepared_corpus.ts";
import { Random } from "../../data/random.ts";
import { RandomWindows } from "../../data/random_windows.ts";
import { openDevice } from "../../device/open_device.ts";
import { InputError } from "../../errors.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import { layerErrors, meanError } from "../../models/layer_errors.ts";
import type { LanguageModel } from "../../models/language_model.ts";
import { readJson, saveModel } from "../../models/model_directory.ts";
import { modelSize } from "../../models/model_size.ts";
import { type Calibration, quantizePostTraining } from "../../models/post_training.ts";
import { makeQuantization, type Quantization, quantizationToJson } from "../../nn/quantization.ts";
import { evaluateSplit } from "../../train/evaluation.ts";
import { RunDirectory } from "../../train/run_directory.ts";
import type { ParsedFlags } from "../commands.ts";
import type { CommandContext } from "../context.ts";
import { judgedData } from "../judged_data.ts";
import { openRun } from "../open_run.ts";
import {
  describeOutcome,
  errorToJson,
  type QuantizedOutcome,
  type QuantizeOutcome,
} from "../quantize_outcome.ts";

/** A model to make. */
interface Target {
  readonly quantization: Quantization;
  readonly path: string;
}

/** Batches that running maxima of activations are taken from. */
const CALIBRATION_BATCHES = 16;

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"quantize">,
  context: CommandContext,
): Promise<QuantizeOutcome> {
  const targetOf = targets(flags);
  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  using opened = await openRun(flags.run, device);
  const { model: float, tokenizer, directory } = opened;
  checkFloat(float, directory);
  const chosen = targetOf(directory);
  for (const { path } of chosen) await checkFree(path);

  const judged = await judgedData(flags, directory, context);
  const isRanged = chosen.some(({ quantization }) => needsCalibration(quantization));
  using prepared = await judged.open(
    tokenizer,
    isRanged ? ["validation", "train"] : ["validation"],
  );
  const { tokens, predictedBytes } = prepared.part("validation");
  context.note(`${directory.path} on the val split of ${judged.source}`);
  const shape = [flags.batch, float.config.maxPositions] as const;
  using progress = context.progress(chosen.length + 1, "quantize", "models");
  const evaluate = (model: LanguageModel) =>
    evaluateSplit(model, tokens, {
      batch: shape[0],
      context: shape[1],
      bytes: predictedBytes,
      signal: context.interrupted,
    });
  const floatEvaluation = await evaluate(float);
  progress.update(1);

  const outcomes: QuantizedOutcome[] = [];
  for (const { quantization, path } of chosen) {
    const calibration = needsCalibration(quantization)
      ? await calibrationOf(prepared, shape)
      : undefined;
    using model = await quantizePostTraining(float, quantization, calibration);
    const evaluation = await evaluate(model);
    const layers = await layerErrors(model.memory);
    await save(model, path, directory, tokenizer.toJSON());
    outcomes.push({
      path,
      ...quantizationToJson(quantization),
      ...evaluation,
      packed_bytes: modelSize(model.config).packedBytes,
      error: errorToJson(meanError(layers)),
      layers: Object.fromEntries(
        [...layers].map(([module, error]) => [module, errorToJson(error)]),
      ),
    });
    progress.update(outcomes.length + 1);
  }
  const outcome = {
    run: directory.path,
    float: { ...floatEvaluation, float_bytes: modelSize(float.config).floatBytes },
    quantized: outcomes,
  };
  if (!context.json) { for (const line of describeOutcome(outcome)) context.print(line); }
  return outcome;
}

/** Finds out what to make before anything is opened; where depends on the run. */
function targets(flags: ParsedFlags<"quantize">): (directory: RunDirectory) => Target[] {
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
    return flags.granularity ? `${name}-${weightGranularity.replace(":", "")}` : name;
  };
  return ({ path }) =>
    quantizations.map((quantization) => {
      const name = nameOf(quantization);
      if (flags.out === undefined) return { quantization, path: join(path, "quantized", name) };
      const isAlone = quantizations.length === 1;
      return { quantization, path: isAlone ? flags.out : join(flags.out, name) };
    });
}

function checkFloat({ config }: LanguageModel, { path }: RunDirectory): void {
  const { weightBits, weightQuantizer } = config.quantization;
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
    `Cannot write a quantised model to ${path}: there is a run or a model already; ` +
      "choose another --out",
  );
}

function needsCalibration({ activationScheme }: Quantization): boolean {
  return activationScheme === "ema_tensor";
}

/** A few windows of the training text, always the same. */
async function calibrationOf(
  prepared: PreparedCorpus,
  shape: readonly [batch: number, context: number],
): Promise<Calibration> {
  const [batch, context] = shape;
  const { tokens: text } = prepared.part("train");
  const windows = new RandomWindows(text, { batch, context }, new Random(0));
  const targets = new Int32Array(batch * context);
  const batches: Int32Array[] = [];
  for (let i = 0; i < CALIBRATION_BATCHES; i++) {
    const tokens = new Int32Array(batch * context);
    await windows.fill(tokens, targets);
    batches.push(tokens);
  }
  return { shape, batches };
}

async function save(
  model: LanguageModel,
  path: string,
  from: RunDirectory,
  tokenizer: unknown,
): Promise<void> {
  const { data } = await readJson(from.configPath) as { readonly data?: unknown };
  await writeFileAtomic(new RunDirectory(path).tokenizerPath, JSON.stringify(tokenizer) + "\n");
  await saveModel(model, path, {
    data,
    quantized_from: resolve(from.path),
    versions: { bittext: program.version, deno: Deno.version.deno },
  });
}

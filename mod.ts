/**
 * BitText trains, evaluates and ships extremely quantized Transformers, from TypeScript.
 *
 * The module is the library and, when run, the program:
 *
 * ```sh
 * deno run -A mod.ts train
 * ```
 *
 * Here are the names that most programs need. All others are on the faces of the library, one for each floor:
 * `src/faces/device.ts`, `tensor.ts`, `ops.ts`, `quant.ts`, `nn.ts`, `models.ts`, `data.ts`, `files.ts`, `infer.ts`,
 * `train.ts`, `runs.ts`, `figures.ts` and `sweep.ts`. A page imports `browser.ts` instead.
 *
 * @example Train the default model, and let it write
 * ```ts ignore
 * import { generateText, loadModel, openDevice, readTokenizer, train } from "./mod.ts";
 *
 * await train({ out: "runs/first" });
 *
 * using device = await openDevice();
 * using model = await loadModel("runs/first", device);
 * const tokenizer = await readTokenizer("runs/first/tokenizer.json");
 * for await (const piece of generateText(model, tokenizer, "ROMEO:")) console.log(piece);
 * ```
 *
 * @module
 */

// Devices, and what goes wrong.
export { type Device, type DeviceDescription } from "./src/device/device.ts";
export { openDevice, type OpenDeviceOptions } from "./src/device/open_device.ts";
export { InputError, InterruptedError, OptionError, WorkError } from "./src/errors.ts";

// Models, and where they are kept.
export { Model, type ModelConfig } from "./src/models/model.ts";
export { loadModel, saveModel } from "./src/models/model_directory.ts";
export { type ModelSize, modelSize } from "./src/models/model_size.ts";
export { LanguageModel } from "./src/models/text/model.ts";
export { smallTextConfig, type TextConfig } from "./src/models/text/config.ts";
export { ImageClassifier } from "./src/models/vit/model.ts";
export { smallVitConfig, type VitConfig } from "./src/models/vit/config.ts";

// Text in, text out.
export { generateText, type GenerateTextOptions } from "./src/infer/generate_text.ts";
export { generate, type GenerateOptions } from "./src/infer/generate.ts";
export { type Tokenizer } from "./src/data/tokenizers/tokenizer.ts";
export { readTokenizer } from "./src/data/tokenizers/tokenizer_file.ts";
export { BpeTokenizer } from "./src/data/tokenizers/bpe_tokenizer.ts";
export { ByteTokenizer } from "./src/data/tokenizers/byte_tokenizer.ts";
export { CharTokenizer } from "./src/data/tokenizers/char_tokenizer.ts";

// Runs: what the commands do, by the same options.
export { train, type TrainedRun, type TrainHooks, type TrainOptions } from "./src/runs/train.ts";
export { type EvaluateOptions, evaluateRun as evaluate } from "./src/runs/evaluate.ts";
export { quantizeRun } from "./src/runs/quantize.ts";
export { type MetricsLine, RunDirectory } from "./src/train/run_directory.ts";
export { registerFamily } from "./src/runs/families.ts";
export { defineFamily, type RunFamily } from "./src/runs/family.ts";

// Training a custom model, with custom data.
export { trainTask } from "./src/train/trainer.ts";
export { type TrainingTask } from "./src/train/task.ts";
export { type TrainingOptions, trainingOptions } from "./src/train/options.ts";
export { TextTask, type TextTrainingData } from "./src/runs/text/task.ts";
export { ImageTask, type ImageTrainingData } from "./src/runs/vit/task.ts";
export { TrainingStep } from "./src/train/step.ts";
export { type Optimizer } from "./src/train/optimizer.ts";
export { registerOptimizer } from "./src/train/optimizers.ts";
export { Random } from "./src/random.ts";

// Quantizers.
export {
  makeQuantization,
  type Quantization,
  type QuantizationOptions,
} from "./src/nn/quantization.ts";
export { type WeightFormat, type WeightQuantizer } from "./src/quant/quantizer.ts";
export { registerWeightQuantizer } from "./src/quant/schemes.ts";
export { packWeightCodes } from "./src/quant/packing.ts";
export { quantizePostTraining } from "./src/models/post_training.ts";
export { layerErrors } from "./src/models/layer_errors.ts";
export { layerStatistics } from "./src/models/layer_statistics.ts";

// Figures.
export { drawFigures } from "./src/figures/draw.ts";
export { Figure } from "./src/figures/figure.ts";
export { runFigureData } from "./src/runs/figure_data.ts";

if (import.meta.main) {
  // Not awaited here: a module that the program is given to import imports this one, and would wait for its end.
  import("./src/cli/main.ts").then(async ({ main }) => Deno.exit(await main(Deno.args)));
}

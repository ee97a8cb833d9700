/**
 * BitText trains, evaluates and ships extremely quantized Transformers, from TypeScript.
 *
 * The module is the library and, when run, the program:
 *
 * ```sh
 * deno run -A mod.ts train
 * ```
 *
 * @example Load a model and run it
 * ```ts ignore
 * import { loadModel, openDevice } from "./mod.ts";
 *
 * using device = await openDevice();
 * using model = await loadModel("runs/demo", device);
 * const { logits } = await model.forward(new Int32Array([1, 2, 3]), { shape: [1, 3] });
 * ```
 *
 * @module
 */
export * from "./src/faces/models.ts";
export * from "./src/faces/training.ts";
export * from "./src/device/open_device.ts";
export * from "./src/models/text/load.ts";
export * from "./src/models/vit/load.ts";
export * from "./src/models/model_directory.ts";
export * from "./src/data/text/cleaning.ts";
export * from "./src/data/text/corpus.ts";
export * from "./src/data/tokenizers/corpus_tokenizer.ts";
export * from "./src/data/tokenizers/create_tokenizer.ts";
export * from "./src/data/text/dataset_split.ts";
export * from "./src/data/datasets.ts";
export * from "./src/data/text/documents.ts";
export * from "./src/data/text/encode_part.ts";
export * from "./src/data/hub/options.ts";
export * from "./src/data/hub/settings.ts";
export * from "./src/data/images/image_options.ts";
export * from "./src/data/images/image_datasets.ts";
export * from "./src/data/images/open_images.ts";
export * from "./src/data/text/text_dataset.ts";
export * from "./src/data/prepared/corpus_cache.ts";
export * from "./src/data/prepared/data_card.ts";
export * from "./src/data/prepared/load_corpus.ts";
export * from "./src/data/prepared/prepared_corpus.ts";
export * from "./src/data/prepared/token_file.ts";
export * from "./src/data/prepared/token_file_writer.ts";
export * from "./src/files/file_source.ts";
export * from "./src/data/rows/data_format.ts";
export * from "./src/data/rows/table.ts";
export * from "./src/data/splits/split.ts";
export * from "./src/data/splits/split_plan.ts";
export * from "./src/data/text/text_source.ts";
export * from "./src/data/tokenizers/tokenizer_file.ts";
export * from "./src/files/safetensors.ts";
export * from "./src/train/checkpoint.ts";
export * from "./src/train/memory_estimate.ts";
export * from "./src/train/phases.ts";
export * from "./src/train/run_config.ts";
export * from "./src/train/run_directory.ts";
export * from "./src/train/run_events.ts";
export * from "./src/train/step_plans.ts";
export * from "./src/train/trainer.ts";
export * from "./src/train/training_hooks.ts";
export * from "./src/figures/chart.ts";
export * from "./src/figures/charts.ts";
export * from "./src/figures/draw.ts";
export * from "./src/figures/figure_data.ts";
export * from "./src/figures/images/across_widths.ts";
export * from "./src/figures/images/attention_maps.ts";
export * from "./src/figures/images/draw_images.ts";
export * from "./src/figures/images/model_pictures.ts";
export * from "./src/figures/render_png.ts";
export * from "./src/figures/render_svg.ts";
export * from "./src/runs/data.ts";
export * from "./src/runs/draft.ts";
export * from "./src/runs/evaluate.ts";
export * from "./src/runs/families.ts";
export * from "./src/runs/family.ts";
export * from "./src/runs/figure_data.ts";
export * from "./src/runs/float_run.ts";
export * from "./src/runs/metrics.ts";
export * from "./src/runs/options/general.ts";
export * from "./src/runs/options/option.ts";
export * from "./src/runs/options/option_value.ts";
export * from "./src/runs/options/run_option.ts";
export * from "./src/runs/options/transformer.ts";
export * from "./src/runs/options/values.ts";
export * from "./src/runs/pictures.ts";
export * from "./src/runs/prepare.ts";
export * from "./src/runs/quantize.ts";
export * from "./src/runs/quantize_outcome.ts";
export * from "./src/runs/run_choice.ts";
export * from "./src/runs/start.ts";
export * from "./src/runs/text/open_run.ts";
export * from "./src/runs/text/run_config.ts";
export * from "./src/runs/train.ts";
export * from "./src/runs/vit/run_config.ts";
export * from "./src/runs/work.ts";
export * from "./src/sweep/draw_sweep.ts";
export * from "./src/sweep/figure_source.ts";
export * from "./src/sweep/grid.ts";
export * from "./src/sweep/run_result.ts";
export * from "./src/sweep/summary.ts";
export * from "./src/sweep/sweep_directory.ts";
export * from "./src/train/tuner/decision.ts";
export * from "./src/train/tuner/learning_rate_rules.ts";
export * from "./src/train/tuner/loss_trend.ts";
export * from "./src/train/tuner/momentum_rule.ts";
export * from "./src/train/tuner/state.ts";
export * from "./src/train/tuner/threshold_rules.ts";
export * from "./src/train/tuner/tune_model.ts";
export * from "./src/train/tuner/tuner.ts";
export * from "./src/train/tuner/warmup_rule.ts";

if (import.meta.main) {
  // Not awaited here: a module that the program is given to import imports this one, and would wait for its end.
  import("./src/cli/main.ts").then(async ({ main }) => Deno.exit(await main(Deno.args)));
}

/**
 * BitText trains, judges and ships extremely quantised Transformers, from TypeScript.
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
export * from "./src/errors.ts";
export * from "./src/device/device.ts";
export * from "./src/device/open_device.ts";
export * from "./src/tensor/value.ts";
export * from "./src/tensor/op.ts";
export * from "./src/tensor/add.ts";
export * from "./src/tensor/parameter.ts";
export * from "./src/tensor/reverse.ts";
export * from "./src/tensor/plan.ts";
export * from "./src/tensor/compiled_plan.ts";
export * from "./src/tensor/evaluate.ts";
export * from "./src/quant/quantizer.ts";
export * from "./src/quant/quantize_group.ts";
export * from "./src/quant/sign.ts";
export * from "./src/quant/absmean.ts";
export * from "./src/quant/absmedian.ts";
export * from "./src/quant/absmax.ts";
export * from "./src/quant/threshold.ts";
export * from "./src/quant/lsq.ts";
export * from "./src/quant/packing.ts";
export * from "./src/quant/huggingface_packing.ts";
export * from "./src/quant/ggml_packing.ts";
export * from "./src/quant/seq.ts";
export * from "./src/quant/activations.ts";
export * from "./src/quant/error_metrics.ts";
export * from "./src/quant/running_max.ts";
export * from "./src/quant/schemes.ts";
export * from "./src/ops/activation.ts";
export * from "./src/ops/activation_quantize.ts";
export * from "./src/ops/adamw.ts";
export * from "./src/ops/add_positions.ts";
export * from "./src/ops/attention.ts";
export * from "./src/ops/attention_probabilities.ts";
export * from "./src/ops/bitlinear.ts";
export * from "./src/ops/broadcast_add.ts";
export * from "./src/ops/column_sum.ts";
export * from "./src/ops/cross_entropy.ts";
export * from "./src/ops/dropout.ts";
export * from "./src/ops/embedding.ts";
export * from "./src/ops/glu.ts";
export * from "./src/ops/layer_norm.ts";
export * from "./src/ops/linear.ts";
export * from "./src/ops/matmul.ts";
export * from "./src/ops/max_pool.ts";
export * from "./src/ops/pool.ts";
export * from "./src/ops/quantize_activations.ts";
export * from "./src/ops/quantize_tensor.ts";
export * from "./src/ops/quantize_weights.ts";
export * from "./src/ops/rms_norm.ts";
export * from "./src/ops/rope.ts";
export * from "./src/ops/row_peaks.ts";
export * from "./src/ops/soft_cross_entropy.ts";
export * from "./src/ops/unfold.ts";
export * from "./src/ops/weight_gradients.ts";
export * from "./src/nn/activation_quantizer.ts";
export * from "./src/nn/activation_ranges.ts";
export * from "./src/nn/encoder_block.ts";
export * from "./src/nn/layer_norm.ts";
export * from "./src/nn/granularity.ts";
export * from "./src/nn/linear.ts";
export * from "./src/nn/quantization.ts";
export * from "./src/nn/quantized_linear.ts";
export * from "./src/nn/residual.ts";
export * from "./src/nn/rms_norm.ts";
export * from "./src/nn/trace.ts";
export * from "./src/nn/weight_codes.ts";
export * from "./src/nn/weight_steps.ts";
export * from "./src/models/activation_statistics.ts";
export * from "./src/models/image_classifier.ts";
export * from "./src/models/language_model.ts";
export * from "./src/models/layer_errors.ts";
export * from "./src/models/layer_statistics.ts";
export * from "./src/models/model.ts";
export * from "./src/models/model_directory.ts";
export * from "./src/models/model_size.ts";
export * from "./src/models/parameter_memory.ts";
export * from "./src/models/post_training.ts";
export * from "./src/models/running_maxima.ts";
export * from "./src/models/tensor_codes.ts";
export * from "./src/models/text.ts";
export * from "./src/models/text_config.ts";
export * from "./src/models/vit.ts";
export * from "./src/models/vit_config.ts";
export * from "./src/models/vit_config_json.ts";
export * from "./src/models/weight_thresholds.ts";
export * from "./src/data/batches.ts";
export * from "./src/data/bpe_tokenizer.ts";
export * from "./src/data/byte_tokenizer.ts";
export * from "./src/data/char_tokenizer.ts";
export * from "./src/data/cleaning.ts";
export * from "./src/data/corpus.ts";
export * from "./src/data/corpus_tokenizer.ts";
export * from "./src/data/create_tokenizer.ts";
export * from "./src/data/dataset_split.ts";
export * from "./src/data/datasets.ts";
export * from "./src/data/documents.ts";
export * from "./src/data/encode_part.ts";
export * from "./src/data/epoch_windows.ts";
export * from "./src/data/hub/options.ts";
export * from "./src/data/hub/settings.ts";
export * from "./src/data/huggingface_tokenizer.ts";
export * from "./src/data/images/augment/augmentation.ts";
export * from "./src/data/images/augment/normalization.ts";
export * from "./src/data/images/evaluation_images.ts";
export * from "./src/data/images/image_batches.ts";
export * from "./src/data/images/image_options.ts";
export * from "./src/data/images/image_split.ts";
export * from "./src/data/images/memory_split.ts";
export * from "./src/data/images/named_images.ts";
export * from "./src/data/images/open_images.ts";
export * from "./src/data/iterated_batches.ts";
export * from "./src/data/opened_dataset.ts";
export * from "./src/data/predicted_bytes.ts";
export * from "./src/data/prepared/corpus_cache.ts";
export * from "./src/data/prepared/data_card.ts";
export * from "./src/data/prepared/load_corpus.ts";
export * from "./src/data/prepared/prepared_corpus.ts";
export * from "./src/data/prepared/token_file.ts";
export * from "./src/data/prepared/token_file_writer.ts";
export * from "./src/data/random.ts";
export * from "./src/data/random_windows.ts";
export * from "./src/data/rows/byte_source.ts";
export * from "./src/data/rows/data_format.ts";
export * from "./src/data/rows/table.ts";
export * from "./src/data/split.ts";
export * from "./src/data/split_plan.ts";
export * from "./src/data/text_chunks.ts";
export * from "./src/data/text_source.ts";
export * from "./src/data/token_source.ts";
export * from "./src/data/tokenizer.ts";
export * from "./src/data/tokenizer_file.ts";
export * from "./src/data/train_bpe.ts";
export * from "./src/data/validation_windows.ts";
export * from "./src/files/safetensors.ts";
export * from "./src/infer/generate.ts";
export * from "./src/infer/sampler.ts";
export * from "./src/train/checkpoint.ts";
export * from "./src/train/evaluation.ts";
export * from "./src/train/options.ts";
export * from "./src/train/phases.ts";
export * from "./src/train/run_directory.ts";
export * from "./src/train/run_events.ts";
export * from "./src/train/schedule.ts";
export * from "./src/train/step.ts";
export * from "./src/train/step_batches.ts";
export * from "./src/train/trainer.ts";
export * from "./src/figures/chart.ts";
export * from "./src/figures/charts.ts";
export * from "./src/figures/draw.ts";
export * from "./src/figures/figure_data.ts";
export * from "./src/figures/images/across_widths.ts";
export * from "./src/figures/images/attention_maps.ts";
export * from "./src/figures/images/draw_images.ts";
export * from "./src/figures/images/pictured_model.ts";
export * from "./src/figures/render_png.ts";
export * from "./src/figures/render_svg.ts";
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
export * from "./src/train/tuner/options.ts";
export * from "./src/train/tuner/state.ts";
export * from "./src/train/tuner/threshold_rules.ts";
export * from "./src/train/tuner/tuned_model.ts";
export * from "./src/train/tuner/tuner.ts";
export * from "./src/train/tuner/warmup_rule.ts";

if (import.meta.main) {
  const { main } = await import("./src/cli/main.ts");
  Deno.exit(await main(Deno.args));
}

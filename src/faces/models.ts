/**
 * Models and what they are made of, wherever they run: what `mod.ts` and `browser.ts` have in common. Nothing here
 * reaches a host.
 *
 * @module
 */

// Devices, and what goes wrong on them.
export * from "../device/device.ts";
export * from "../errors.ts";

// Models.
export * from "../models/activation_statistics.ts";
export * from "../models/config_fields.ts";
export * from "../models/families.ts";
export * from "../models/family.ts";
export * from "../models/inference_weights.ts";
export * from "../models/layer_errors.ts";
export * from "../models/layer_statistics.ts";
export * from "../models/model.ts";
export * from "../models/model_size.ts";
export * from "../models/post_training.ts";
export * from "../models/running_maxima.ts";
export * from "../models/tensor_codes.ts";
export * from "../models/text/config.ts";
export * from "../models/text/family.ts";
export * from "../models/text/model.ts";
export * from "../models/text/network.ts";
export * from "../models/training_memory.ts";
export * from "../models/vit/config.ts";
export * from "../models/vit/config_json.ts";
export * from "../models/vit/family.ts";
export * from "../models/vit/model.ts";
export * from "../models/vit/network.ts";
export * from "../models/weight_thresholds.ts";
export * from "../models/weights.ts";

// What models are made of.
export * from "../device/kernel.ts";
export * from "../nn/activation_quantizer.ts";
export * from "../nn/activation_ranges.ts";
export * from "../nn/encoder_block.ts";
export * from "../nn/granularity.ts";
export * from "../nn/layer_norm.ts";
export * from "../nn/linear.ts";
export * from "../nn/quantization.ts";
export * from "../nn/quantized_linear.ts";
export * from "../nn/residual.ts";
export * from "../nn/rms_norm.ts";
export * from "../nn/row_table.ts";
export * from "../nn/trace.ts";
export * from "../nn/weight_codes.ts";
export * from "../nn/weight_image.ts";
export * from "../nn/weight_scales.ts";
export * from "../ops/activation.ts";
export * from "../ops/activation_quantize.ts";
export * from "../ops/adamw.ts";
export * from "../ops/add_positions.ts";
export * from "../ops/attention.ts";
export * from "../ops/attention_probabilities.ts";
export * from "../ops/bitlinear.ts";
export * from "../ops/broadcast_add.ts";
export * from "../ops/column_sum.ts";
export * from "../ops/cross_entropy.ts";
export * from "../ops/dropout.ts";
export * from "../ops/embedding.ts";
export * from "../ops/glu.ts";
export * from "../ops/layer_norm.ts";
export * from "../ops/linear.ts";
export * from "../ops/matmul.ts";
export * from "../ops/max_pool.ts";
export * from "../ops/pool.ts";
export * from "../ops/quantize_activations.ts";
export * from "../ops/quantize_tensor.ts";
export * from "../ops/quantize_weights.ts";
export * from "../ops/rms_norm.ts";
export * from "../ops/rope.ts";
export * from "../ops/row_peaks.ts";
export * from "../ops/scaled_add.ts";
export * from "../ops/soft_cross_entropy.ts";
export * from "../ops/step_record.ts";
export * from "../ops/step_values.ts";
export * from "../ops/take_rows.ts";
export * from "../ops/unfold.ts";
export * from "../ops/weight_gradients.ts";
export * from "../ops/weight_pieces.ts";
export * from "../tensor/add.ts";
export * from "../tensor/compiled_plan.ts";
export * from "../tensor/evaluate.ts";
export * from "../tensor/kernel_call.ts";
export * from "../tensor/op.ts";
export * from "../tensor/parameter.ts";
export * from "../tensor/plan.ts";
export * from "../tensor/reverse.ts";
export * from "../tensor/value.ts";

// Quantizers.
export * from "../quant/absmax.ts";
export * from "../quant/absmean.ts";
export * from "../quant/absmedian.ts";
export * from "../quant/activations.ts";
export * from "../quant/error_metrics.ts";
export * from "../quant/ggml_packing.ts";
export * from "../quant/huggingface_packing.ts";
export * from "../quant/lsq.ts";
export * from "../quant/packing.ts";
export * from "../quant/quantize_group.ts";
export * from "../quant/quantizer.ts";
export * from "../quant/running_max.ts";
export * from "../quant/schemes.ts";
export * from "../quant/seq.ts";
export * from "../quant/sign.ts";
export * from "../quant/threshold.ts";

// Text in, text out.
export * from "../data/tokenizers/bpe_tokenizer.ts";
export * from "../data/tokenizers/byte_tokenizer.ts";
export * from "../data/tokenizers/char_tokenizer.ts";
export * from "../data/tokenizers/huggingface_tokenizer.ts";
export * from "../data/tokenizers/load_tokenizer.ts";
export * from "../data/tokenizers/tokenizer.ts";
export * from "../data/tokenizers/train_bpe.ts";
export * from "../infer/generate.ts";
export * from "../infer/sampler.ts";
export * from "../random.ts";

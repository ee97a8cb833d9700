/**
 * BitText for pages: devices, models, tokenizers, generation and training, without files or anything else that only a
 * host has. The names are those of `mod.ts`, as far as a page can use them.
 *
 * ```sh
 * deno bundle --platform=browser --minify browser.ts -o bittext.js
 * ```
 *
 * The CPU device uses all processors only where the page is isolated: its server sends the headers
 * `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`. A content security policy
 * must allow `script-src 'wasm-unsafe-eval'`, and `worker-src blob:` for more than one thread.
 *
 * @example Continue a text
 * ```ts ignore
 * import { generate, loadModel, openDevice, Random, readTokenizer } from "./bittext.js";
 *
 * const device = await openDevice();
 * const model = await loadModel("models/demo", device);
 * const tokenizer = await readTokenizer("models/demo/tokenizer.json");
 *
 * const decoder = tokenizer.decoder();
 * const prompt = Int32Array.from(tokenizer.encode("O Romeo"));
 * for await (const id of generate(model, prompt, { tokens: 100, random: new Random(0) })) {
 *   document.body.append(decoder.push(id));
 * }
 * ```
 *
 * @module
 */

// Devices, and what goes wrong on them.
export * from "./src/device/device.ts";
export * from "./src/device/page_device.ts";
export * from "./src/errors.ts";

// Models.
export * from "./src/models/activation_statistics.ts";
export * from "./src/models/families.ts";
export * from "./src/models/family.ts";
export * from "./src/models/layer_errors.ts";
export * from "./src/models/layer_statistics.ts";
export * from "./src/models/model.ts";
export { type LoadModelOptions } from "./src/models/load_model.ts";
export * from "./src/models/model_files.ts";
export * from "./src/models/model_size.ts";
export * from "./src/models/page_model.ts";
export * from "./src/models/post_training.ts";
export * from "./src/models/running_maxima.ts";
export * from "./src/models/tensor_codes.ts";
export * from "./src/models/text/config.ts";
export * from "./src/models/text/family.ts";
export * from "./src/models/text/model.ts";
export * from "./src/models/text/network.ts";
export * from "./src/models/training_memory.ts";
export * from "./src/models/vit/config.ts";
export * from "./src/models/vit/config_json.ts";
export * from "./src/models/vit/family.ts";
export * from "./src/models/vit/model.ts";
export * from "./src/models/vit/network.ts";
export * from "./src/models/web_model_files.ts";
export * from "./src/models/weight_thresholds.ts";
export * from "./src/models/weights.ts";

// What models are made of.
export * from "./src/device/kernel.ts";
export * from "./src/nn/activation_quantizer.ts";
export * from "./src/nn/activation_ranges.ts";
export * from "./src/nn/encoder_block.ts";
export * from "./src/nn/layer_norm.ts";
export * from "./src/nn/linear.ts";
export * from "./src/nn/quantized_linear.ts";
export * from "./src/nn/residual.ts";
export * from "./src/nn/rms_norm.ts";
export * from "./src/nn/trace.ts";
export * from "./src/nn/weight_codes.ts";
export * from "./src/nn/weight_scales.ts";
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
export * from "./src/ops/scaled_add.ts";
export * from "./src/ops/soft_cross_entropy.ts";
export * from "./src/ops/step_record.ts";
export * from "./src/ops/step_values.ts";
export * from "./src/ops/unfold.ts";
export * from "./src/ops/weight_gradients.ts";
export * from "./src/tensor/add.ts";
export * from "./src/tensor/compiled_plan.ts";
export * from "./src/tensor/evaluate.ts";
export * from "./src/tensor/kernel_call.ts";
export * from "./src/tensor/op.ts";
export * from "./src/tensor/parameter.ts";
export * from "./src/tensor/plan.ts";
export * from "./src/tensor/reverse.ts";
export * from "./src/tensor/value.ts";

// Quantizers.
export * from "./src/nn/granularity.ts";
export * from "./src/nn/quantization.ts";
export * from "./src/quant/absmax.ts";
export * from "./src/quant/absmean.ts";
export * from "./src/quant/absmedian.ts";
export * from "./src/quant/activations.ts";
export * from "./src/quant/error_metrics.ts";
export * from "./src/quant/ggml_packing.ts";
export * from "./src/quant/huggingface_packing.ts";
export * from "./src/quant/lsq.ts";
export * from "./src/quant/packing.ts";
export * from "./src/quant/quantize_group.ts";
export * from "./src/quant/quantizer.ts";
export * from "./src/quant/running_max.ts";
export * from "./src/quant/schemes.ts";
export * from "./src/quant/seq.ts";
export * from "./src/quant/sign.ts";
export * from "./src/quant/threshold.ts";

// Text in, text out.
export * from "./src/data/tokenizers/bpe_tokenizer.ts";
export * from "./src/data/tokenizers/byte_tokenizer.ts";
export * from "./src/data/tokenizers/char_tokenizer.ts";
export * from "./src/data/tokenizers/huggingface_tokenizer.ts";
export * from "./src/data/tokenizers/load_tokenizer.ts";
export * from "./src/data/tokenizers/page_tokenizer.ts";
export * from "./src/data/tokenizers/tokenizer.ts";
export * from "./src/data/tokenizers/train_bpe.ts";
export * from "./src/infer/generate.ts";
export * from "./src/infer/sampler.ts";
export * from "./src/random.ts";

// Training.
export * from "./src/data/images/augment/augmentation.ts";
export * from "./src/data/images/augment/normalization.ts";
export * from "./src/data/images/evaluation_images.ts";
export * from "./src/data/images/image_batches.ts";
export * from "./src/data/images/image_split.ts";
export * from "./src/data/images/memory_split.ts";
export * from "./src/data/text/batch_iterable.ts";
export * from "./src/data/text/batches.ts";
export * from "./src/data/text/epoch_windows.ts";
export * from "./src/data/text/random_windows.ts";
export * from "./src/data/text/target_bytes.ts";
export * from "./src/data/text/text_chunks.ts";
export * from "./src/data/text/token_source.ts";
export * from "./src/data/text/validation_windows.ts";
export * from "./src/train/confusion_matrix.ts";
export * from "./src/train/evaluation.ts";
export * from "./src/train/evaluation_batches.ts";
export * from "./src/train/image_evaluation.ts";
export * from "./src/train/image_task.ts";
export * from "./src/train/initial_state.ts";
export * from "./src/train/optimizer.ts";
export * from "./src/train/optimizers.ts";
export * from "./src/train/optimizers/adamw.ts";
export * from "./src/train/options.ts";
export * from "./src/train/reduction.ts";
export * from "./src/train/schedule.ts";
export * from "./src/train/step.ts";
export * from "./src/train/step_batches.ts";
export * from "./src/train/task.ts";
export * from "./src/train/text_task.ts";
export * from "./src/train/tuner/options.ts";

// Files in memory.
export * from "./src/files/byte_source.ts";
export * from "./src/files/float_reader.ts";
export { encodeSafetensors } from "./src/files/safetensors_encoder.ts";
export * from "./src/files/safetensors_reader.ts";
export type { GrowingSha256 } from "./src/files/sha256.ts";
export * from "./src/files/tensor.ts";
export * from "./src/files/tensor_file.ts";
export * from "./src/files/web_source.ts";

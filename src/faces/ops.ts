/**
 * Every op: its types, kernels, gradient and float64 reference.
 *
 * @module
 */
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
export * from "../ops/unfold.ts";
export * from "../ops/weight_gradients.ts";
export * from "../ops/weight_pieces.ts";
export * from "../ops/take_rows.ts";

/**
 * Modules that models are built of, and how weights and activations are quantized in them.
 *
 * @module
 */
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

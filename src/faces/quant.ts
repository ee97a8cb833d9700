/**
 * Quantizers: their formats as data, the formulas, packing, error metrics.
 *
 * @module
 */
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

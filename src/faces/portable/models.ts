/**
 * What of `models.ts` needs no host: pages have it too.
 *
 * @module
 */
export * from "../../models/activation_statistics.ts";
export * from "../../models/config_fields.ts";
export * from "../../models/families.ts";
export * from "../../models/family.ts";
export * from "../../models/inference_weights.ts";
export * from "../../models/layer_errors.ts";
export * from "../../models/layer_statistics.ts";
export * from "../../models/model.ts";
export * from "../../models/model_size.ts";
export * from "../../models/post_training.ts";
export * from "../../models/quantization_config.ts";
export * from "../../models/running_maxima.ts";
export * from "../../models/tensor_codes.ts";
export * from "../../models/text/config.ts";
export * from "../../models/text/family.ts";
export * from "../../models/text/model.ts";
export * from "../../models/text/network.ts";
export * from "../../models/training_memory.ts";
export * from "../../models/vit/config.ts";
export * from "../../models/vit/config_json.ts";
export * from "../../models/vit/family.ts";
export * from "../../models/vit/model.ts";
export * from "../../models/vit/network.ts";
export * from "../../models/vit/preprocessor.ts";
export * from "../../models/weight_thresholds.ts";
export * from "../../models/weights.ts";
export * from "../../models/token_model.ts";

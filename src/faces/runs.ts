/**
 * Runs by options: from the options over the data to a finished run; families and what they state.
 *
 * @module
 */
export * from "./portable/runs.ts";
export * from "../runs/data.ts";
export * from "../runs/draft.ts";
export * from "../runs/evaluate.ts";
export * from "../runs/families.ts";
export * from "../runs/family.ts";
export * from "../runs/figure_data.ts";
export * from "../runs/float_run.ts";
export * from "../runs/metrics.ts";
export * from "../runs/options/general.ts";
export * from "../runs/options/option.ts";
export * from "../runs/options/option_value.ts";
export * from "../runs/options/run_option.ts";
export * from "../runs/options/transformer.ts";
export * from "../runs/options/values.ts";
export * from "../runs/pictures.ts";
export * from "../runs/prepare.ts";
export * from "../runs/quantize.ts";
export * from "../runs/quantize_outcome.ts";
export * from "../runs/run_choice.ts";
export * from "../runs/start.ts";
export * from "../runs/text/open_run.ts";
export * from "../runs/text/run_config.ts";
export * from "../runs/train.ts";
export * from "../runs/vit/run_config.ts";
export * from "../runs/work.ts";

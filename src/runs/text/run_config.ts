/**
 * What a run of a language model is.
 *
 * @module
 */
import type { CorpusOptions } from "../../data/text/corpus_options.ts";
import type { TextConfig } from "../../models/text/config.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { DataSource, RunConfig } from "../../train/run_config.ts";

/** Which text a run learns from, and what became of it if it was not left as it is. */
export interface TextDataRecord extends DataSource, Partial<CorpusOptions> {}

/** A language model that learns text. */
export type TextRunConfig = RunConfig<TextConfig, TextDataRecord>;

/** How many tokens a step learns from. */
export function tokensPerStep({ batch, context, accumulate }: TrainingOptions): number {
  return batch * context * accumulate;
}

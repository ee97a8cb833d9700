/**
 * Station 1 of a language model: what its options say of model and text.
 *
 * @module
 */
import { bpeVocabSize } from "../../data/tokenizers/tokenizer_name.ts";
import {
  defaultEmbeddingRange,
  defaultInitializerRange,
  defaultIntermediateSize,
  smallTextConfig,
  type TextConfig,
} from "../../models/text/config.ts";
import type { Quantization } from "../../nn/quantization.ts";
import type { OptionsOfRun } from "../options/values.ts";
import { corpusOptions } from "./corpus_options.ts";
import type { TEXT_OPTIONS } from "./options.ts";
import type { TextDataRecord } from "./run_config.ts";

/** The options of a run of a language model. */
export type TextRunOptions = OptionsOfRun<typeof TEXT_OPTIONS>;

/** Vocabulary of a configuration whose data is not loaded yet. */
const UNKNOWN_VOCABULARY = 1;

/**
 * Model and data that options describe; the data fills in what only it can tell.
 *
 * @throws {InputError} If no BPE tokenizer can be of the size.
 */
export function draftText(
  options: TextRunOptions,
  quantization: Quantization,
): { readonly model: TextConfig; readonly data: TextDataRecord } {
  bpeVocabSize(options.tokenizer);
  const { dim } = options;
  const model: TextConfig = {
    ...smallTextConfig,
    vocabSize: UNKNOWN_VOCABULARY,
    hiddenSize: dim,
    intermediateSize: options.ffn ?? defaultIntermediateSize(dim),
    layers: options.layers,
    heads: options.heads,
    keyValueHeads: options.kvHeads ?? options.heads,
    activation: options.activation === "swiglu" ? "silu" : "relu2",
    maxPositions: options.context,
    initializerRange: options.initializerRange ?? defaultInitializerRange(dim),
    embeddingRange: options.embeddingRange ?? defaultEmbeddingRange(options.tieEmbeddings),
    tieWordEmbeddings: options.tieEmbeddings,
    dropout: options.dropout,
    quantization,
  };
  return { model, data: { name: options.data, source: "", sha256: "", ...corpusOptions(options) } };
}

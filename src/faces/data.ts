/**
 * Data: text, tokenizers, images, batches, rows, the hub, and what is prepared of them.
 *
 * @module
 */
export * from "./portable/data.ts";
export * from "../data/datasets.ts";
export * from "../data/hub/options.ts";
export * from "../data/hub/settings.ts";
export * from "../data/images/decode_image.ts";
export * from "../data/images/image_datasets.ts";
export * from "../data/images/image_options.ts";
export * from "../data/images/open_images.ts";
export * from "../data/prepared/corpus_cache.ts";
export * from "../data/prepared/data_card.ts";
export * from "../data/prepared/load_corpus.ts";
export * from "../data/prepared/prepared_corpus.ts";
export * from "../data/prepared/token_file.ts";
export * from "../data/prepared/token_file_writer.ts";
export * from "../data/rows/data_format.ts";
export * from "../data/rows/table.ts";
export * from "../data/splits/split.ts";
export * from "../data/splits/split_plan.ts";
export * from "../data/text/cleaning.ts";
export * from "../data/text/corpus.ts";
export * from "../data/text/corpus_options.ts";
export * from "../data/text/dataset_split.ts";
export * from "../data/text/documents.ts";
export * from "../data/text/encode_part.ts";
export * from "../data/text/text_dataset.ts";
export * from "../data/text/text_source.ts";
export * from "../data/tokenizers/corpus_tokenizer.ts";
export * from "../data/tokenizers/create_tokenizer.ts";
export * from "../data/tokenizers/tokenizer_name.ts";
export * from "../data/tokenizers/tokenizer_file.ts";
export type { Image } from "../data/images/resize.ts";

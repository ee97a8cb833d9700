/**
 * What of `data.ts` needs no host: pages have it too.
 *
 * @module
 */
export * from "../../data/images/augment/augmentation.ts";
export * from "../../data/images/augment/normalization.ts";
export * from "../../data/images/evaluation_images.ts";
export * from "../../data/images/image_batches.ts";
export * from "../../data/images/image_split.ts";
export * from "../../data/images/memory_split.ts";
export * from "../../data/text/batch_iterable.ts";
export * from "../../data/text/batches.ts";
export * from "../../data/text/epoch_windows.ts";
export * from "../../data/text/random_windows.ts";
export * from "../../data/text/target_bytes.ts";
export * from "../../data/text/text_chunks.ts";
export * from "../../data/text/token_source.ts";
export * from "../../data/text/validation_windows.ts";
export * from "../../data/tokenizers/bpe_tokenizer.ts";
export * from "../../data/tokenizers/byte_tokenizer.ts";
export * from "../../data/tokenizers/char_tokenizer.ts";
export * from "../../data/tokenizers/huggingface_tokenizer.ts";
export * from "../../data/tokenizers/load_tokenizer.ts";
export * from "../../data/tokenizers/tokenizer.ts";
export * from "../../data/tokenizers/train_bpe.ts";
export * from "../../random.ts";

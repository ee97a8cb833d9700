/**
 * Training without files: batches, steps, tasks and evaluation that `mod.ts` and `browser.ts` have in common. Nothing here
 * reaches a host.
 *
 * @module
 */

// Batches.
export * from "../data/images/augment/augmentation.ts";
export * from "../data/images/augment/normalization.ts";
export * from "../data/images/evaluation_images.ts";
export * from "../data/images/image_batches.ts";
export * from "../data/images/image_split.ts";
export * from "../data/images/memory_split.ts";
export * from "../data/text/batch_iterable.ts";
export * from "../data/text/batches.ts";
export * from "../data/text/epoch_windows.ts";
export * from "../data/text/random_windows.ts";
export * from "../data/text/target_bytes.ts";
export * from "../data/text/text_chunks.ts";
export * from "../data/text/token_source.ts";
export * from "../data/text/validation_windows.ts";

// Training.
export * from "../runs/vit/confusion_matrix.ts";
export * from "../runs/text/evaluation.ts";
export * from "../runs/vit/evaluation_batches.ts";
export * from "../runs/vit/evaluation.ts";
export * from "../runs/vit/task.ts";
export * from "../train/initial_state.ts";
export * from "../train/optimizer.ts";
export * from "../train/optimizers.ts";
export * from "../train/optimizers/adamw.ts";
export * from "../train/options.ts";
export * from "../train/reduction.ts";
export * from "../train/schedule.ts";
export * from "../train/step.ts";
export * from "../runs/text/text_batches.ts";
export * from "../train/task.ts";
export * from "../runs/text/task.ts";
export * from "../train/tuner/options.ts";

// Files in memory.
export * from "../files/byte_source.ts";
export * from "../files/float_reader.ts";
export type { GrowingSha256 } from "../files/sha256.ts";
export * from "../files/tensor_file.ts";

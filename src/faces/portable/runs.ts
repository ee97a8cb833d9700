/**
 * What of `runs.ts` needs no host: pages have it too.
 *
 * @module
 */
export * from "../../runs/text/evaluation.ts";
export * from "../../runs/text/task.ts";
export * from "../../runs/text/text_batches.ts";
export * from "../../runs/vit/confusion_matrix.ts";
export * from "../../runs/vit/evaluation.ts";
export * from "../../runs/vit/evaluation_batches.ts";
export * from "../../runs/vit/task.ts";

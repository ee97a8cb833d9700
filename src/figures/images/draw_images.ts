/**
 * Every figure of an image model.
 *
 * @module
 */
import type { Figure } from "../figure.ts";
import { attentionSheet } from "./attention_sheet.ts";
import { misclassifiedSheet } from "./misclassified_sheet.ts";
import { patchFilters } from "./patch_filters.ts";
import type { PicturedModel } from "./model_pictures.ts";
import { positionSimilarity } from "./position_similarity.ts";

/**
 * Draws where a model looks, its surest errors, its filters and the similarity of its positions.
 *
 * @throws {WorkError} If the library that encodes pictures cannot be loaded, or the device has no room.
 */
export async function drawImageFigures(pictured: PicturedModel): Promise<Figure[]> {
  const misclassified = await misclassifiedSheet(pictured);
  return [
    await attentionSheet(pictured),
    ...misclassified === undefined ? [] : [misclassified],
    await patchFilters(pictured),
    await positionSimilarity(pictured),
  ];
}

/**
 * The same images in models of several bit widths.
 *
 * @module
 */
import type { Figure } from "../figure.ts";
import { attentionRollout } from "./attention_maps.ts";
import { heated } from "./attention_sheet.ts";
import { contactSheet, type Tile } from "./contact_sheet.ts";
import { answersWithAttention, percent } from "./answers.ts";
import type { PicturedModel } from "./model_pictures.ts";
import { oneOfEachClass, pictureOf } from "./split_pictures.ts";

/** One of the models. */
export interface WidthModel extends PicturedModel {
  /** What tells it from the others, such as `1.58 bits`. */
  readonly label: string;
}

const MOST_IMAGES = 6;

/**
 * What models of several widths make of the same images: where they look, what they take them for, and how sure they are.
 *
 * @param models All of the same data; a column each.
 * @param subject What they have in common.
 */
export async function acrossWidths(
  models: AsyncIterable<WidthModel> | Iterable<WidthModel>,
  subject: string,
): Promise<Figure | undefined> {
  const headings = ["Image"];
  const rows: { readonly label: string; readonly tiles: Tile[] }[] = [];
  for await (const one of models) {
    const { split, classes, label } = one;
    headings.push(label);
    const answers = await answersWithAttention(one, oneOfEachClass(split, MOST_IMAGES));
    for (const [row, { answer, attention }] of answers.entries()) {
      const picture = await pictureOf(split, answer.index);
      rows[row] ??= { label: classes[answer.label], tiles: [{ raster: picture }] };
      rows[row].tiles.push({
        raster: heated(picture, attentionRollout(attention)),
        lines: [`→ ${classes[answer.answer]}, ${percent(answer.confidence)}`],
        isWrong: answer.answer !== answer.label,
      });
    }
  }
  if (rows.length === 0) return undefined;
  return await contactSheet({
    name: "across-widths",
    title: "The same images at each width",
    caption:
      "Attention rollout of each model over the same images, and below what the model takes " +
      "the image for and how sure it is; errors are bold and red.",
    subject,
    headings,
    rows,
    side: 96,
  });
}

/**
 * The images that a model is most wrong about.
 *
 * @module
 */
import type { Figure } from "../figure.ts";
import { contactSheet } from "./contact_sheet.ts";
import { firstAnswers, percent } from "./answers.ts";
import type { PicturedModel } from "./model_pictures.ts";
import { pictureOf } from "./split_pictures.ts";

/** So many images are evaluated. */
const MOST_JUDGED = 2000;
const MOST_SHOWN = 24;
const COLUMNS = 8;

/** Images that are taken for another class, the surest errors first; undefined where there are none. */
export async function misclassifiedSheet(pictured: PicturedModel): Promise<Figure | undefined> {
  const { split, classes } = pictured;
  const answers = await firstAnswers(pictured, MOST_JUDGED);
  const wrong = answers.filter(({ label, answer }) => label !== answer)
    .sort((a, b) => b.confidence - a.confidence || a.index - b.index);
  if (wrong.length === 0) return undefined;
  const shown = await Promise.all(
    wrong.slice(0, MOST_SHOWN).map(async ({ index, label, answer, confidence }) => ({
      raster: await pictureOf(split, index),
      lines: [classes[label], `→ ${classes[answer]}, ${percent(confidence)}`],
      hint: `image ${index}`,
    })),
  );
  const evaluated = answers.length.toLocaleString("en");
  return await contactSheet({
    name: "misclassified",
    title: "Surest errors",
    caption:
      `${shown.length} of the ${wrong.length} images among the first ${evaluated} that are ` +
      "taken for another class, those first that the model is surest of. Below each what it is, " +
      "and what it is taken for.",
    subject: pictured.subject,
    headings: [],
    rows: Array.from({ length: Math.ceil(shown.length / COLUMNS) }, (_, row) => ({
      label: "",
      tiles: shown.slice(row * COLUMNS, (row + 1) * COLUMNS),
    })),
    side: 84,
  });
}

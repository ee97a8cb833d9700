/**
 * Where an image model looks.
 *
 * @module
 */
import { extent } from "../extent.ts";
import type { Figure } from "../figure.ts";
import { attentionRollout, lastBlockMaps } from "./attention_maps.ts";
import { contactSheet, type Tile } from "./contact_sheet.ts";
import { answersWithAttention, percent } from "./answers.ts";
import type { PicturedModel } from "./model_pictures.ts";
import { oneOfEachClass, pictureOf } from "./split_pictures.ts";
import { colorAt, HEAT, laidOver, type Raster } from "./raster.ts";

const MOST_IMAGES = 6;
/** More heads do not fit beside each other. */
const MOST_HEADS = 8;
const OPACITY = 0.65;

/** Images with the attention of each head of the last block, and with attention rollout, laid over them. */
export async function attentionSheet(pictured: PicturedModel): Promise<Figure> {
  const { split, classes, model: { config } } = pictured;
  const answers = await answersWithAttention(pictured, oneOfEachClass(split, MOST_IMAGES));
  const heads = Math.min(MOST_HEADS, config.heads);
  const rows = await Promise.all(answers.map(async ({ answer, attention }) => {
    const picture = await pictureOf(split, answer.index);
    const maps = lastBlockMaps(attention).slice(0, heads);
    const tiles: Tile[] = [
      {
        raster: picture,
        lines: [`→ ${classes[answer.answer]}, ${percent(answer.confidence)}`],
        isWrong: answer.answer !== answer.label,
      },
      ...[...maps, attentionRollout(attention)].map((map) => ({ raster: heated(picture, map) })),
    ];
    return { label: classes[answer.label], tiles };
  }));
  const from = config.pooling === "class" ? "the class token" : "all patches together";
  return await contactSheet({
    name: "attention",
    title: "Where the model looks",
    caption: `How much ${from} look${config.pooling === "class" ? "s" : ""} at each patch in the ` +
      "last block, head by head, and through all blocks (attention rollout); the brighter, the " +
      "more, from the least to the most of each picture. Below each image what it is taken for, errors in bold and red.",
    subject: pictured.subject,
    headings: [
      "Image",
      ...Array.from({ length: heads }, (_, head) => `Head ${head + 1}`),
      "Rollout",
    ],
    rows,
    side: 96,
  });
}

/** A picture with numbers of its patches laid over it, from their least to their most. */
export function heated(picture: Raster, patches: ArrayLike<number>): Raster {
  const grid = Math.sqrt(patches.length);
  const values = Array.from(patches);
  const [least, most] = extent(values);
  const scale = most > least ? 1 / (most - least) : 0;
  return laidOver(picture, (y, x) => {
    const value = values[Math.floor(y * grid) * grid + Math.floor(x * grid)];
    return colorAt(HEAT, scale * (value - least));
  }, OPACITY);
}

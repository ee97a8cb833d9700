/**
 * What a model has learned about where patches are.
 *
 * @module
 */
import type { Figure } from "../figure.ts";
import { FloatReader } from "../../files/float_reader.ts";
import { tokenGrid } from "../../models/vit/config.ts";
import { contactSheet } from "./contact_sheet.ts";
import type { PicturedModel } from "./model_pictures.ts";
import { colorAt, OPPOSITES, rasterOf } from "./raster.ts";

/** Of a finer grid only some patches are shown. */
const MOST_ACROSS = 8;

/** For each patch the cosine between its position embedding and that of every patch, as a picture. */
export async function positionSimilarity({ model, subject }: PicturedModel): Promise<Figure> {
  const { hiddenSize, pooling } = model.config;
  const tensors = new FloatReader(await model.memory.tensors("parameters"));
  const all = await tensors.all("vit.embeddings.position_embeddings");
  const grid = tokenGrid(model.config);
  const positions = all.subarray(pooling === "class" ? hiddenSize : 0);
  const similarity = cosines(positions, hiddenSize);
  const step = Math.ceil(grid / MOST_ACROSS);
  const across = Array.from({ length: Math.ceil(grid / step) }, (_, index) => index * step);
  const count = grid * grid;
  return await contactSheet({
    name: "position-similarity",
    title: "Similarity of position embeddings",
    caption: "For each patch, in its place, the cosine between its learned position and that of " +
      "every patch: blue is alike, white unrelated, red opposite. Where positions are learned, " +
      `neighbors, rows and columns are alike.${step > 1 ? ` Every ${step}th patch is shown.` : ""}`,
    subject,
    headings: [],
    rows: across.map((row) => ({
      label: "",
      tiles: across.map((column) => {
        const start = (row * grid + column) * count;
        const values = similarity.subarray(start, start + count);
        return {
          raster: rasterOf(values, grid, (cosine) => colorAt(OPPOSITES, 0.5 + 0.5 * cosine)),
          hint: `row ${row + 1}, column ${column + 1}`,
        };
      }),
    })),
    side: 56,
  });
}

/** (N, N) cosines between N vectors. */
function cosines(vectors: Float32Array, length: number): Float64Array {
  const count = vectors.length / length;
  const vector = (index: number) => vectors.subarray(index * length, (index + 1) * length);
  const norms = Array.from({ length: count }, (_, index) => Math.hypot(...vector(index)) || 1);
  const out = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      const [one, other] = [vector(a), vector(b)];
      const product = one.reduce((sum, value, at) => sum + value * other[at], 0);
      out[a * count + b] = product / norms[a] / norms[b];
    }
  }
  return out;
}

/**
 * What the first layer of an image model compares pixels with.
 *
 * @module
 */
import type { Figure } from "../figure.ts";
import { FloatReader } from "../../files/float_reader.ts";
import { contactSheet } from "./contact_sheet.ts";
import type { PicturedModel } from "./model_pictures.ts";
import { colorAt, OPPOSITES, type Raster, rasterOf } from "./raster.ts";

const MOST_FILTERS = 64;
const COLUMNS = 16;

/** The weights of the patch embedding, or of the first convolution, as pictures; the largest first. */
export async function patchFilters({ model, subject }: PicturedModel): Promise<Figure> {
  const { tokenizer, channels } = model.config;
  const name = tokenizer.kind === "patch"
    ? "vit.embeddings.patch_embeddings.projection.weight"
    : "vit.embeddings.conv_layers.0.weight";
  const tensors = await model.memory.tensors("parameters");
  const size = tensors.shape(name)[3];
  const weights = await new FloatReader(tensors).all(name);
  const length = channels * size * size;
  const filters = Array.from({ length: weights.length / length }, (_, index) => {
    const values = weights.subarray(index * length, (index + 1) * length);
    return { index, values, norm: Math.hypot(...values) };
  }).sort((a, b) => b.norm - a.norm || a.index - b.index);
  const shown = filters.slice(0, MOST_FILTERS).map(({ index, values, norm }) => ({
    raster: filterPicture(values, channels, size),
    hint: `feature ${index}, norm ${norm.toPrecision(3)}`,
  }));
  const what = tokenizer.kind === "patch" ? "patch embedding" : "first convolution";
  const colors = channels === 1
    ? "blue adds and red takes away"
    : "brighter than gray adds and darker takes away, color by color";
  return await contactSheet({
    name: "patch-filters",
    title: `Filters of the ${what}`,
    caption: `${shown.length} of the ${filters.length} filters, the largest first, each from its ` +
      `own least to its own most: ${colors}.`,
    subject,
    headings: [],
    rows: Array.from({ length: Math.ceil(shown.length / COLUMNS) }, (_, row) => ({
      label: "",
      tiles: shown.slice(row * COLUMNS, (row + 1) * COLUMNS),
    })),
    side: 40,
  });
}

/** (channels, size, size) weights as a picture, nothing in the middle of the scale. */
function filterPicture(values: Float32Array, channels: number, size: number): Raster {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
  const shares = Array.from(values, (value) => 0.5 + 0.5 * value / largest);
  if (channels === 1) return rasterOf(shares, size, (share) => colorAt(OPPOSITES, share));
  const plane = size * size;
  const places = Array.from({ length: plane }, (_, at) => at);
  return rasterOf(places, size, (at) => {
    const [red, green, blue] = [0, 1, 2].map((c) => Math.round(255 * shares[c * plane + at]));
    return [red, green, blue];
  });
}

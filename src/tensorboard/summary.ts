/**
 * What TensorBoard shows, as `Summary.Value` messages.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/summary.proto
 * @module
 */
import type { Bucket } from "./histogram.ts";
import { type Bytes, bytesField, concatenate, floatField, integerField } from "./protobuf.ts";

/** Element types of a `TensorProto`. */
const DT_DOUBLE = 2;
const DT_STRING = 7;

/** A number, for the scalars dashboard. */
export function scalar(tag: string, value: number): Bytes {
  return concatenate([bytesField(1, tag), floatField(2, value)]);
}

/** A histogram, for the histograms and distributions dashboards: a (buckets, 3) tensor. */
export function histogram(tag: string, buckets: readonly Bucket[]): Bytes {
  const rows = Float64Array.from(buckets.flatMap(({ left, right, count }) => [left, right, count]));
  const content = new Uint8Array(rows.buffer);
  return tensorValue(tag, "histograms", DT_DOUBLE, [buckets.length, 3], bytesField(4, content));
}

/** Plain text, for the text dashboard, which would take it for Markdown: so it becomes a code block. */
export function text(tag: string, plain: string): Bytes {
  const markdown = plain.split("\n").map((line) => "    " + line).join("\n");
  return tensorValue(tag, "text", DT_STRING, [], bytesField(8, markdown));
}

/**
 * A picture, for the images dashboard: a tensor of width, height and file.
 *
 * @param png Content of a PNG file.
 * @throws {TypeError} If it is no PNG.
 */
export function image(tag: string, png: Uint8Array): Bytes {
  const strings = [...pngSize(png).map(String), png].map((value) => bytesField(8, value));
  return tensorValue(tag, "images", DT_STRING, [strings.length], concatenate(strings));
}

function tensorValue(
  tag: string,
  plugin: string,
  dtype: number,
  shape: readonly number[],
  content: Bytes,
): Bytes {
  const sizes = shape.map((size) => bytesField(2, integerField(1, size)));
  const tensor = [integerField(1, dtype), bytesField(2, concatenate(sizes)), content];
  return concatenate([
    bytesField(1, tag),
    // SummaryMetadata.plugin_data.plugin_name: which dashboard the tensor is for.
    bytesField(9, bytesField(1, bytesField(1, plugin))),
    bytesField(8, concatenate(tensor)),
  ]);
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Width and height in pixels: the first fields of the first chunk. */
function pngSize(png: Uint8Array): [width: number, height: number] {
  if (png.length < 24 || PNG_SIGNATURE.some((byte, index) => png[index] !== byte)) {
    throw new TypeError(`Cannot show ${png.length} bytes as an image: they are no PNG file`);
  }
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

/**
 * `preprocessor_config.json`: what becomes of a picture before an image model sees it, as `transformers` writes it.
 *
 * There a byte b becomes (b·rescale_factor − image_mean) / image_std; here (b / 255 − mean) / std, which is the same with
 * mean = image_mean / (255·rescale_factor) and std = image_std / (255·rescale_factor).
 *
 * @module
 */
import { ConfigFields } from "../config_fields.ts";
import type { VitConfig } from "./config.ts";

/** File of a model that says it. */
export const PREPROCESSOR_FILE = "preprocessor_config.json";

/** How bytes of a pixel become numbers; white is 1. */
export interface PixelNormalization {
  /** Per channel what is subtracted. */
  readonly mean: readonly number[];
  /** Per channel what it is then divided by. */
  readonly std: readonly number[];
}

/** Bilinear, which is how pictures are resized here, among the numbers of PIL. */
const BILINEAR = 2;

/**
 * Reads the file.
 *
 * @param config Of the model that it belongs to.
 * @param source Its name, for messages.
 * @param onNote Receives what will be done in another way.
 * @throws {InputError} If a field has an impossible value, or would change the pictures in a way this version does not know.
 */
export function preprocessorFromJson(
  json: unknown,
  config: VitConfig,
  source: string,
  onNote?: (line: string) => void,
): PixelNormalization {
  const fields = new ConfigFields(json, source);
  const { channels, imageSize } = config;
  const white = 255 *
    (fields.flag("do_rescale", true) ? fields.positive("rescale_factor", 1 / 255) : 1);
  const isNormalized = fields.flag("do_normalize", true);
  const mean = perChannel(fields, "image_mean", channels, 0.5);
  const std = perChannel(fields, "image_std", channels, 0.5);
  if (std.some((deviation) => deviation <= 0)) {
    throw fields.error("image_std", "it must be above 0");
  }
  fields.only("do_center_crop", false);
  fields.only("do_pad", false);
  fields.only("do_flip_channel_order", false);
  if (fields.flag("do_resize", true)) checkSize(fields, imageSize);
  const resample = fields.number("resample", BILINEAR);
  if (resample !== BILINEAR) {
    onNote?.(
      `${source} resizes with method ${resample} of PIL; here pictures are resized bilinearly`,
    );
  }
  fields.ignore("image_processor_type", "feature_extractor_type", "processor_class", "data_format");
  fields.ignore("do_convert_rgb", "input_data_format", "crop_size", "size", "device");
  fields.ignore("return_tensors", "default_to_square", "disable_grouping", "size_divisor");
  fields.finish();
  const scaled = (values: readonly number[]) => values.map((value) => value / white);
  return isNormalized
    ? { mean: scaled(mean), std: scaled(std) }
    : { mean: mean.map(() => 0), std: std.map(() => 1 / white) };
}

/** The file of a model that was trained here. */
export function preprocessorToJson(
  { imageSize }: VitConfig,
  { mean, std }: PixelNormalization,
): Readonly<Record<string, unknown>> {
  return {
    image_processor_type: "ViTImageProcessor",
    do_resize: true,
    size: { height: imageSize, width: imageSize },
    resample: BILINEAR,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
}

function perChannel(
  fields: ConfigFields,
  field: string,
  channels: number,
  fallback: number,
): readonly number[] {
  const stated = typeof fields.optional(field) === "number"
    ? [fields.number(field)]
    : fields.numbers(field) ?? [fallback];
  if (stated.length === channels) return stated;
  if (stated.length === 1) return Array.from({ length: channels }, () => stated[0]);
  throw fields.error(field, `the model has ${channels} channels`);
}

/** A number, or what either axis is to have. */
function checkSize(fields: ConfigFields, imageSize: number): void {
  const size = fields.optional("size");
  if (size === undefined || size === imageSize) return;
  if (typeof size !== "number") {
    const part = fields.part("size");
    const sides = ["height", "width", "shortest_edge"].map((name) => part.optional(name));
    part.finish();
    if (sides.every((side) => side === undefined || side === imageSize)) return;
  }
  throw fields.error("size", `the model has images of ${imageSize}×${imageSize}`);
}

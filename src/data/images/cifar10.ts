/**
 * The data set `cifar10`: small photos of ten kinds of things, from the hub.
 *
 * @module
 */

import type { NamedImages } from "./image_datasets.ts";

/** 60,000 photos of 32 by 32 pixels, in color; 10,000 of them to be evaluated on. */
export const cifar10: NamedImages = {
  name: "cifar10",
  summary: "60,000 photos of ten kinds of things, 32×32, color; from the hub",
  license: "not stated",
  async open(options) {
    const { hubImages } = await import("./hub_images.ts");
    const { openEncoded } = await import("./open_image_files.ts");
    const dataset = await hubImages("hf:uoft-cs/cifar10", options);
    return await openEncoded({ ...dataset, name: cifar10.name }, options);
  },
};

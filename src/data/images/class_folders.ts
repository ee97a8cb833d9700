/**
 * A folder of class folders of images.
 *
 * ```
 * FOLDER/CLASS/*.png                       a tenth of each class is held out
 * FOLDER/train/CLASS/*.jpg  FOLDER/test/CLASS/*.jpg    test may be called val; both may be there
 * ```
 *
 * @module
 */

import { type FolderEntry, readFile, readFolder, stat } from "../../host/files.ts";
import { basename, join } from "../../host/paths.ts";
import { InputError } from "../../errors.ts";
import { fileError } from "../../files/file_error.ts";
import { walkFolder } from "../../files/walk_folder.ts";
import { planSplits } from "../splits/split_plan.ts";
import type { EncodedDataset, EncodedSplit } from "./image_files.ts";
import { heldOutOfClass } from "./random_division.ts";

/** A file of an image. */
interface ImageFile {
  /** Relative to the folder of the data set, with forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly label: number;
}

/** Kinds that are not accepted are listed too, so that they are reported and not passed over. */
const imageNames = /\.(png|jpe?g|gif|webp|bmp|tiff?|heic|avif)$/i;
const splitNames = /^(train|training|val|valid|validation|dev|test|testing)$/i;

/**
 * Looks through a folder of class folders. Nothing of the images is read yet.
 *
 * @param folder Its absolute path.
 * @param seed Decides which images are held out where no folder holds those to be evaluated on.
 * @throws {InputError} If there are no class folders, one of them has no images, or one is in the test alone.
 */
export async function classFolders(folder: string, seed: number): Promise<EncodedDataset> {
  const folders = await foldersIn(folder);
  const splits = folders.filter((name) => splitNames.test(name));
  const about = {
    ...{ name: folder, canonicalName: `folder:${folder}`, source: folder, license: "not stated" },
    leftAlone: [] as string[],
  };
  if (splits.length > 0 && splits.length < folders.length) {
    throw new InputError(
      `Cannot use ${folder}: it has folders of splits (${
        splits.join(", ")
      }) beside class folders ` +
        `(${folders.find((name) => !splitNames.test(name))}), one kind is accepted`,
    );
  }
  if (splits.length === 0) {
    const classes = checkClasses(folders, folder);
    const [train, test] = divide(await imagesOf(folder, "", classes, about), classes, seed);
    return encoded(about, classes, { train, test });
  }
  const { train, validation, test } = planSplits(splits, folder);
  const classes = checkClasses(await foldersIn(join(folder, train)), join(folder, train));
  const read = async (split: string) => {
    const place = join(folder, split);
    const unknown = (await foldersIn(place)).find((name) => !classes.includes(name));
    if (unknown === undefined) return await imagesOf(place, `${split}/`, classes, about);
    throw new InputError(
      `Cannot use ${join(place, unknown)}: ${train} has no class ${unknown}, it has ` +
        classes.slice(0, 8).join(", "),
    );
  };
  const trainFiles = await read(train);
  const evaluated = test ?? validation;
  if (evaluated === undefined) {
    const [some, held] = divide(trainFiles, classes, seed);
    return encoded(about, classes, { train: some, test: held });
  }
  return encoded(about, classes, {
    train: trainFiles,
    ...(test !== undefined && validation !== undefined && { validation: await read(validation) }),
    test: await read(evaluated),
  });
}

function checkClasses(classes: readonly string[], folder: string): readonly string[] {
  if (classes.length >= 2) return classes;
  const found = classes.length === 0 ? "no folder" : `the one folder ${classes[0]}`;
  throw new InputError(
    `Cannot use the images in ${folder}: it has ${found}, a folder for each of at least two ` +
      "classes is accepted, with PNG, JPEG, WebP or GIF files in it",
  );
}

/** Names of the folders in a folder, in order; links to folders count. */
async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const { name, isDirectory, isSymlink } of await entriesOf(folder)) {
    if (name.startsWith(".")) continue;
    if (isDirectory || isSymlink && await isFolder(join(folder, name))) names.push(name);
  }
  return names.sort();
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory ?? false;
}

async function entriesOf(folder: string): Promise<FolderEntry[]> {
  try {
    return await Array.fromAsync(readFolder(folder));
  } catch (error) {
    throw fileError("read", folder, error);
  }
}

/** The images of all class folders of a split. A class that the split has no folder of has none. */
async function imagesOf(
  folder: string,
  prefix: string,
  classes: readonly string[],
  { name: dataset, leftAlone }: { readonly name: string; readonly leftAlone: string[] },
): Promise<ImageFile[]> {
  const files: ImageFile[] = [];
  const present = await foldersIn(folder);
  for (const [label, name] of classes.entries()) {
    if (!present.includes(name)) continue;
    const all = await walkFolder(join(folder, name));
    const found = all.filter(({ path }) => imageNames.test(path));
    if (found.length === 0) {
      throw new InputError(
        `Cannot use ${join(folder, name)}: the class folder of ${basename(dataset)} has no image ` +
          "in it, PNG, JPEG, WebP and GIF are accepted",
      );
    }
    for (const { path, place } of found) {
      files.push({ name: `${prefix}${name}/${path}`, path: place, label });
    }
    for (const { path } of all) {
      if (!imageNames.test(path)) leftAlone.push(`${prefix}${name}/${path}`);
    }
  }
  return files;
}

/** Holds a tenth of each class out. */
function divide(
  files: readonly ImageFile[],
  classes: readonly string[],
  seed: number,
): [train: ImageFile[], test: ImageFile[]] {
  const [train, test]: [ImageFile[], ImageFile[]] = [[], []];
  for (const [label, name] of classes.entries()) {
    const ofClass = files.filter((file) => file.label === label);
    if (ofClass.length < 2) {
      throw new InputError(
        `Cannot use the class ${name}: it has 1 image, at least 2 are needed, one to train on and ` +
          "one to be evaluated on",
      );
    }
    const held = heldOutOfClass(ofClass.length, label, seed);
    ofClass.forEach((file, at) => (held.has(at) ? test : train).push(file));
  }
  return [train, test];
}

async function encoded(
  about: Pick<EncodedDataset, "name" | "canonicalName" | "source" | "license" | "leftAlone">,
  classes: readonly string[],
  files: {
    readonly train: readonly ImageFile[];
    readonly validation?: readonly ImageFile[];
    readonly test: readonly ImageFile[];
  },
): Promise<EncodedDataset> {
  const { train, validation, test } = files;
  return {
    ...{ ...about, classes },
    identity: {
      folder: about.name,
      train: await identityOf(train),
      validation: validation && await identityOf(validation),
      test: await identityOf(test),
    },
    splits: {
      train: splitOf(train),
      ...(validation && { validation: splitOf(validation) }),
      test: splitOf(test),
    },
  };
}

/** What changes when a file does, without reading it. */
async function identityOf(files: readonly ImageFile[]): Promise<unknown> {
  const identity: unknown[] = [];
  for (const { name, path } of files) {
    const { size, mtime } = await readable(path, () => stat(path));
    identity.push([name, size, mtime?.getTime()]);
  }
  return identity;
}

function splitOf(files: readonly ImageFile[]): EncodedSplit {
  return {
    total: files.length,
    async *images() {
      for (const { name, path, label } of files) {
        yield { name, label, bytes: await readable(path, () => readFile(path)) };
      }
    },
  };
}

async function readable<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError("read", path, error);
  }
}

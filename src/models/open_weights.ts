/**
 * The weights of a model: one file of tensors, or several that an index lists.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import {
  joinTensors,
  type OpenTensorFile,
  selectTensors,
  type TensorFile,
} from "../files/tensor_file.ts";
import { type ModelFiles, readJsonOf, WEIGHTS_FILE } from "./model_files.ts";

/** Says in which file each tensor of a large model is. */
export const INDEX_FILE = "model.safetensors.index.json";

/** More files no model has. */
const MOST_SHARDS = 1000;

/**
 * Opens `model.safetensors`, else the files that `model.safetensors.index.json` lists.
 *
 * @throws {InputError} If there is neither, or a file is missing, cannot be read or is damaged.
 */
export async function openWeights(files: ModelFiles): Promise<OpenTensorFile> {
  if (await files.has(WEIGHTS_FILE) || !await files.has(INDEX_FILE)) {
    return await files.openTensors(WEIGHTS_FILE);
  }
  const places = await readIndex(files);
  const shards = [...new Set(places.values())];
  const opened = new DisposableStack();
  try {
    const parts: TensorFile[] = [];
    for (const shard of shards) {
      const file = opened.use(await files.openTensors(shard));
      const missing = [...places].find(([name, place]) => place === shard && !file.has(name));
      if (missing !== undefined) {
        throw new InputError(
          `Cannot load ${file.source}: ${INDEX_FILE} says that tensor ${missing[0]} is in it`,
        );
      }
      parts.push(selectTensors(file, (name) => places.get(name) === shard ? name : undefined));
    }
    const joined = joinTensors(parts, files.placeOf(INDEX_FILE));
    return Object.assign(joined, { [Symbol.dispose]: () => opened.dispose() });
  } catch (error) {
    opened.dispose();
    throw error;
  }
}

/** The file of each tensor. */
async function readIndex(files: ModelFiles): Promise<ReadonlyMap<string, string>> {
  const source = files.placeOf(INDEX_FILE);
  const refuse = (why: string) => new InputError(`Cannot load ${source}: ${why}`);
  const json = await readJsonOf(files, INDEX_FILE);
  const map = (json as { readonly weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw refuse("it has no weight_map that says which tensor is in which file");
  }
  const places = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    // Beside the index and nowhere else.
    if (typeof file !== "string" || !/^[\w-][\w.-]{0,200}\.safetensors$/.test(file)) {
      throw refuse(
        `it says that tensor ${name} is in ${JSON.stringify(file)}, which is no such file`,
      );
    }
    places.set(name, file);
  }
  if (places.size === 0) throw refuse("its weight_map is empty");
  if (new Set(places.values()).size > MOST_SHARDS) {
    throw refuse(`it lists more than ${MOST_SHARDS} files`);
  }
  return places;
}

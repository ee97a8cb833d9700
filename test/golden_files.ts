/**
 * Golden values, read in the same way by tests under Deno and in a page.
 *
 * @module
 */
import { safetensorsOf } from "../src/files/safetensors_reader.ts";
import type { StoredTensor } from "../src/files/tensor.ts";
import { blobSource } from "../src/files/web_source.ts";
import type { Device } from "../src/device/device.ts";
import type { ModelFamily } from "../src/models/family.ts";
import { loadModelFrom } from "../src/models/load_model.ts";
import type { Model, ModelConfig } from "../src/models/model.ts";
import { modelFilesAt } from "../src/models/web_model_files.ts";

/** A page finds its tests' files where its server has them. */
const folder = new URL(
  "document" in globalThis ? "/test/golden/" : "./golden/",
  "document" in globalThis ? location.href : import.meta.url,
);

const read = async (path: string) => await (await fetch(new URL(path, folder))).blob();

/** The tensors of a safetensors file. */
export async function goldenTensors(path: string): Promise<Map<string, StoredTensor>> {
  const file = await safetensorsOf(blobSource(await read(path), path));
  const tensors = new Map<string, StoredTensor>();
  for (const name of file.names) {
    const data = await file.read(name);
    tensors.set(name, { dtype: file.dtype(name), shape: file.shape(name), data });
  }
  return tensors;
}

/** The value of a JSON file. */
// deno-lint-ignore no-explicit-any -- a golden file has whatever its maker wrote
export async function goldenJson(path: string): Promise<any> {
  return JSON.parse(await (await read(path)).text());
}

/** A model of a family. */
export async function goldenModel<M extends Model>(
  path: string,
  device: Device,
  family: ModelFamily<ModelConfig, M>,
): Promise<M> {
  return await loadModelFrom(modelFilesAt(new URL(path, folder)), device, { family });
}

/**
 * The flat buffers of a parameter layout as named tensors.
 *
 * @module
 */
import type { BufferSpec } from "../device/device.ts";
import type { TensorFile } from "../files/tensor_file.ts";
import type { BufferSet } from "../tensor/compiled_plan.ts";
import type { ParameterLayout, PlacedPart, Shard } from "../tensor/parameter.ts";
import { elementCount } from "../tensor/value.ts";
import { BlockReader } from "./block_reader.ts";

/**
 * Float32 tensors that are read from a device when they are asked for.
 *
 * @param specs The buffer of each shard.
 * @param source What to call them in an error.
 */
export function layoutTensors(
  layout: ParameterLayout,
  specs: ReadonlyMap<Shard, BufferSpec>,
  buffers: BufferSet,
  source: string,
): TensorFile {
  const parts = new Map([...layout.parts()].map((part) => [part.name, part]));
  const reader = new BlockReader(buffers);
  const find = (name: string): PlacedPart => {
    const part = parts.get(name);
    if (!part) throw new RangeError(`Cannot find tensor ${name} in ${source}`);
    return part;
  };
  return {
    source,
    names: [...parts.keys()],
    metadata: {},
    has: (name) => parts.has(name),
    shape: (name) => find(name).shape,
    dtype: (name) => (find(name), "F32"),
    async read(name, range, into) {
      const { shard, offset, shape } = find(name);
      const { start, end } = range ?? { start: 0, end: elementCount(shape) * 4 };
      if (!(start >= 0 && start <= end && end <= elementCount(shape) * 4)) {
        throw new RangeError(`Cannot read bytes ${start} to ${end} of ${name} in ${source}`);
      }
      const target = into ?? new Uint8Array(end - start);
      await reader.read(specs.get(shard)!, offset * 4 + start, target);
      return target;
    },
  };
}

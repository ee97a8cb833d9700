/**
 * Whether the tensors of a file are those of a model.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { FloatPiece } from "../files/float_reader.ts";
import type { StoredTensor } from "../files/tensor.ts";
import type { TensorFile } from "../files/tensor_file.ts";
import type { Parameter } from "../tensor/parameter.ts";

/** What keeps small tensors of its own beside the weights. */
export interface TensorKeeper {
  /** Whether a tensor is one of those. */
  has(tensorName: string): boolean;
}

/**
 * Checks names and shapes, before anything is read.
 *
 * @param parameters Every parameter of the model; those that derive from others may be missing if `derive`.
 * @param keepers Who else has tensors, which may be missing.
 * @throws {InputError} If a tensor is missing, left over or of another shape.
 */
export function checkTensors(
  file: TensorFile,
  parameters: readonly Parameter[],
  { keepers = [], derive = false }: {
    readonly keepers?: readonly TensorKeeper[];
    readonly derive?: boolean;
  },
): void {
  const known = new Set(parameters.flatMap(({ parts }) => parts.map(({ name }) => name)));
  const extra = file.names.find((name) =>
    !known.has(name) && !keepers.some((keeper) => keeper.has(name))
  );
  if (extra !== undefined) {
    throw new InputError(`Cannot load ${file.source}: this model has no tensor ${extra}`);
  }
  for (const parameter of parameters) {
    for (const { name, shape } of parameter.parts) {
      if (!file.has(name) && derive && parameter.initializer.kind === "derived") continue;
      if (!file.has(name)) {
        throw new InputError(`Cannot load ${file.source}: tensor ${name} is missing`);
      }
      if (file.shape(name).join() === shape.join()) continue;
      throw new InputError(
        `Cannot load ${file.source}: ${name} has shape (${file.shape(name).join(", ")}), ` +
          `this model needs (${shape.join(", ")})`,
      );
    }
  }
}

/**
 * Checks that all values of a piece of a tensor are finite.
 *
 * @throws {InputError} If one is not.
 */
export function checkFinite(file: TensorFile, name: string, { offset, values }: FloatPiece): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new InputError(`Cannot load ${file.source}: ${name} holds ${values[i]} at ${offset + i}`);
  }
}

/** The small tensors of a file that someone keeps, read. */
export async function keptTensors(
  file: TensorFile,
  keepers: readonly TensorKeeper[],
): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const name of file.names) {
    if (!keepers.some((keeper) => keeper.has(name))) continue;
    const data = await file.read(name);
    tensors.set(name, { dtype: file.dtype(name), shape: file.shape(name), data });
  }
  return tensors;
}

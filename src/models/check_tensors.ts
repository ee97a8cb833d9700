/**
 * Whether the tensors of a file are those of a model.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { FloatPiece } from "../files/float_reader.ts";
import { isFloatDType, type StoredTensor } from "../files/tensor.ts";
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
 * @param onNote Receives a line that names tensors which are left over; without it there may be none.
 * @throws {InputError} If a tensor is missing, packed, of no floating-point type or of another shape.
 */
export function checkTensors(
  file: TensorFile,
  parameters: readonly Parameter[],
  { keepers = [], derive = false, onNote }: {
    readonly keepers?: readonly TensorKeeper[];
    readonly derive?: boolean;
    readonly onNote?: (line: string) => void;
  },
): void {
  const known = new Set(parameters.flatMap(({ parts }) => parts.map(({ name }) => name)));
  const surplus = file.names.filter((name) =>
    !known.has(name) && !keepers.some((keeper) => keeper.has(name))
  );
  for (const parameter of parameters) {
    for (const { name, shape } of parameter.parts) {
      if (!file.has(name) && derive && parameter.initializer.kind === "derived") continue;
      if (!file.has(name)) {
        throw new InputError(`Cannot load ${file.source}: tensor ${name} is missing`);
      }
      checkType(file, name);
      if (file.shape(name).join() === shape.join()) continue;
      throw new InputError(
        `Cannot load ${file.source}: ${name} has shape (${file.shape(name).join(", ")}), ` +
          `this model needs (${shape.join(", ")})`,
      );
    }
  }
  if (surplus.length === 0) return;
  if (onNote === undefined) {
    throw new InputError(`Cannot load ${file.source}: this model has no tensor ${surplus[0]}`);
  }
  onNote(surplusNote(file, surplus));
}

/** So many tensors are named one by one. */
const NAMED = 5;

/** The line about tensors that are left over. */
function surplusNote(file: TensorFile, names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `${file.source} holds what this model has no use for: ` +
    names.slice(0, NAMED).join(", ") + more;
}

function checkType(file: TensorFile, name: string): void {
  const dtype = file.dtype(name);
  if (isFloatDType(dtype)) return;
  throw new InputError(
    `Cannot load ${file.source}: ${name} is ${dtype}, ` +
      (dtype === "U8" || dtype === "I8"
        ? "a matrix of packed weights, which cannot be opened yet; the model's float weights (F32, F16 or BF16) can"
        : "F32, F16, BF16 or F64 is needed"),
  );
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

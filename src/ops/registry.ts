/**
 * The list of ops, one line each. Tests sweep it.
 *
 * @module
 */
import type { Op } from "../tensor/op.ts";
import { addOp, storeOp } from "../tensor/add.ts";

/** Every op, whatever its attributes are. */
export const ops: readonly Op<never>[] = [
  addOp,
  storeOp,
];

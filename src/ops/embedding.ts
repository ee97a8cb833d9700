/**
 * Table look-up: the rows of a matrix chosen by integer ids.
 *
 * @module
 */
import { embeddingBackwardKernel, embeddingKernel } from "../../kernels/embeddings/embedding.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference, shapeError } from "../tensor/op.ts";
import { elementCount, lastDimension, type Value } from "../tensor/value.ts";

/** y[..., :] = table[ids[...], :], from inputs `ids` and `table`. */
export const embeddingOp: Op<null> = {
  name: "embedding",
  infer(inputs) {
    const [ids, table] = inputs;
    if (ids.dtype !== "i32" || table.dtype !== "f32" || table.shape.length !== 2) {
      throw shapeError("embedding", inputs, "ids must be i32 and the table a (V, C) f32 matrix");
    }
    return [{ shape: [...ids.shape, table.shape[1]], dtype: "f32" }];
  },
  lower({ inputs, outputs }) {
    const [ids, table] = inputs;
    const [V, C] = table.shape;
    const N = elementCount(ids.shape);
    return [callKernel(embeddingKernel, {
      constants: { N, V, C },
      reads: { ids, table },
      writes: { y: outputs[0] },
      extent: [Math.ceil(N * C / 4)],
      bytes: 4 * (N + Math.min(N, V) * C + N * C),
    })];
  },
  vjp({ inputs, cotangents, wants, storesInto }) {
    const [ids, table] = inputs;
    const [dy] = cotangents;
    if (!dy || !wants(1)) return [undefined, undefined];
    const { accumulate } = storesInto(1);
    const attributes = { rows: table.shape[0], accumulate };
    return [undefined, apply(embeddingBackwardOp, [ids, dy], attributes)[0]];
  },
  reference([ids, table], { inputs }) {
    const [V, C] = inputs[1].shape;
    const y = new Float64Array(ids.length * C);
    ids.forEach((id, n) => {
      if (id >= 0 && id < V) y.set(table.subarray(id * C, (id + 1) * C), n * C);
    });
    return [y];
  },
};

/** Size of the table, and whether to add to the gradient already in place. */
export interface EmbeddingBackwardAttributes {
  /** V, the rows of the table. */
  readonly rows: number;
  /** Add to what the output holds. */
  readonly accumulate: boolean;
}

/** dtable[v, :] = Σ dy[n, :] over the n with ids[n] = v, from inputs `ids` and `dy`. */
export const embeddingBackwardOp: Op<EmbeddingBackwardAttributes> = {
  name: "embedding_backward",
  infer: (inputs, { rows }) => [{ shape: [rows, lastDimension(inputs[1].shape)], dtype: "f32" }],
  lower({ inputs, outputs, attributes }) {
    const [ids, dy] = inputs;
    const [V, C] = outputs[0].shape;
    const N = elementCount(ids.shape);
    const columnTiles = Math.ceil(C / 64);
    const ROWS = rowsPerWorkgroup(V * columnTiles);
    return [callKernel(embeddingBackwardKernel, {
      constants: { N, V, C, ROWS, ACCUMULATE: attributes.accumulate },
      reads: { ids, dy },
      writes: { dtable: outputs[0] },
      extent: [Math.ceil(V / ROWS), columnTiles],
      flops: N * C,
    })];
  },
  reference([ids, dy], { outputs }) {
    const [V, C] = outputs[0].shape;
    const dtable: Reference = new Float64Array(V * C);
    ids.forEach((id, n) => {
      if (id < 0 || id >= V) return;
      for (let c = 0; c < C; c++) dtable[id * C + c] += dy[n * C + c];
    });
    return [dtable];
  },
};

/**
 * Every workgroup reads all ids, so a large table takes several rows per workgroup; a small one needs all
 * the parallelism there is.
 */
function rowsPerWorkgroup(tiles: number): number {
  let rows = 1;
  while (rows < 16 && tiles / rows > 4096) rows *= 2;
  return rows;
}

/**
 * Looks up rows of a table: `y[..., :] = table[ids[...], :]`.
 *
 * An id outside `0..V−1` gives zeros and receives no gradient; ids are to be validated by the host.
 *
 * @param ids (...) i32.
 * @param table (V, C) f32.
 * @returns (..., C) f32.
 * @throws {TypeError} If the element types or the table's shape do not fit.
 */
export function embedding(ids: Value, table: Value): Value {
  return apply(embeddingOp, [ids, table], null)[0];
}

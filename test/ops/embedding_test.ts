import { embedding, embeddingOp } from "../../src/ops/embedding.ts";
import { input } from "../../src/tensor/value.ts";
import { testGolden } from "./golden_ops.ts";
import { type OpCase, testOp, uniform } from "./sweep.ts";

function randomIds(count: number, V: number): number[] {
  const random = uniform(5);
  return Array.from({ length: count }, () => Math.floor(random() * V));
}

const lookUp = (ids: number[], idShape: number[], V: number, C: number): OpCase => ({
  name: `ids (${idShape}), table (${V}, ${C})`,
  inputs: [{ shape: idShape, dtype: "i32", data: ids }, { shape: [V, C] }],
  apply: ([ids, table]) => [embedding(ids, table)],
});

testOp(
  embeddingOp,
  [
    lookUp([0], [1], 1, 1),
    lookUp([1], [], 3, 4),
    lookUp(randomIds(90, 7), [2, 45], 7, 65),
    lookUp(randomIds(128, 128), [128], 128, 128),
    // More ids than one tile of the backward kernel.
    lookUp(randomIds(2500, 20), [2500], 20, 66),
    // Several table rows per workgroup of the backward kernel, the last one partly filled.
    lookUp(randomIds(1100, 33001), [1100], 33001, 3),
    lookUp(randomIds(40, 9001), [40], 9001, 4),
    { ...lookUp([5, -1, 2, 5, 6, -100], [6], 6, 8), name: "ids outside the table give zeros" },
  ],
  [
    {
      name: "ids that are not integers",
      run: () => embedding(input("ids", [2]), input("table", [3, 4])),
      message: /Cannot apply embedding to \(2\), \(3, 4\): ids must be i32/,
    },
    {
      name: "a table that is not a matrix",
      run: () => embedding(input("ids", [2], "i32"), input("table", [3])),
      message: /Cannot apply embedding to \(2\), \(3\): /,
    },
  ],
);

testGolden({
  name: "embedding",
  integers: ["ids"],
  apply: ({ ids, table }) => embedding(ids, table),
});

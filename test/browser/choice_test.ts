import assert from "node:assert/strict";
import { chosenTests } from "./choice.ts";

Deno.test("of each op one case is chosen, neither the simplest nor the largest", () => {
  const names = [
    "glu glu: (1,1) [webgpu]",
    "glu glu: (45,65) [webgpu]",
    "glu glu: (128,128) [webgpu]",
    "glu glu: (4000,3) [webgpu]",
    "glu golden: swiglu [webgpu]",
    "matmul products/matmul.wgsl: 1003×2044×48 [webgpu]",
    "weights median of 7 [webgpu]",
    "weights median of 9000 [webgpu]",
  ];
  assert.deepEqual(chosenTests(names), [
    "glu glu: (45,65) [webgpu]",
    "matmul products/matmul.wgsl: 1003×2044×48 [webgpu]",
    "weights median of 7 [webgpu]",
  ]);
});

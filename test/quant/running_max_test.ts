import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSafetensors, toFloat32, toInt32 } from "../../src/files/safetensors.ts";
import { quantizeToBound, updateRunningMax } from "../../src/quant/running_max.ts";
import { assertClose } from "../assert_close.ts";

const path = new URL("../golden/quantizers/activations.safetensors", import.meta.url);
const { tensors } = await readSafetensors(fileURLToPath(path));

Deno.test("golden: three calls in training and one in evaluation", () => {
  let running = 0;
  for (let call = 0; call < 4; call++) {
    const golden = (name: string) => tensors.get(`ema.${call}.${name}`)!;
    const x = toFloat32(golden("x"));
    const peak = Math.max(...x.map(Math.abs));
    if (call < 3) running = updateRunningMax(running, peak, 0.99);
    assertClose([running], toFloat32(golden("running_max")), { rtol: 1e-6, label: `call ${call}` });
    const { codes, scale } = quantizeToBound(x, running, 8);
    assert.deepEqual([...codes], [...toInt32(golden("codes"))], `call ${call}`);
    assertClose([scale], toFloat32(golden("scale")), { rtol: 1e-6, label: `call ${call}` });
  }
});

Deno.test("what is beyond the bound gets the outermost code, and the scale is never zero", () => {
  assert.deepEqual(quantizeToBound([1e9, -1e9, 0.5], 127, 8).codes, Int8Array.of(127, -128, 0));
  assert.deepEqual(quantizeToBound([9, -9, 1.5], 7, 4).codes, Int8Array.of(7, -8, 2));
  assert.equal(quantizeToBound([0], 0, 8).scale, 1e-6);
});

import assert from "node:assert/strict";
import { layerPlace } from "../../src/figures/layer_name.ts";

Deno.test("a layer is known by its block and by what it does there", () => {
  const places = {
    "model.layers.3.mlp.down_proj": [3, "down_proj"],
    "vit.encoder.layer.0.attention.attention.query": [0, "query"],
    "vit.encoder.layer.1.attention.output.dense": [1, "attention.output"],
    "vit.encoder.layer.1.intermediate.dense": [1, "intermediate"],
    "vit.encoder.layer.11.output.dense": [11, "output"],
    "classifier": [0, "classifier"],
  };
  for (const [name, [block, kind]] of Object.entries(places)) {
    assert.deepEqual(layerPlace(name), { block, kind });
  }
});

import assert from "node:assert/strict";
import { storedTensor, toFloat32 } from "../../src/files/tensor.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { layerStatistics, meanSparsity } from "../../src/models/layer_statistics.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { absmean } from "../../src/quant/absmean.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { tinyConfig } from "../tiny_text.ts";

const share = (codes: Int8Array, counts: (code: number) => boolean) =>
  codes.filter(counts).length / codes.length;

for (const weightGranularity of ["tensor", "row"]) {
  deviceTest(
    `statistics of every layer are those of its codes, one scale per ${weightGranularity}`,
    async (device) => {
      // 18 columns: rows of codes are padded to 20.
      const sizes = { hiddenSize: 18, heads: 1, keyValueHeads: 1, intermediateSize: 22 };
      const quantization = makeQuantization({ weightGranularity });
      using model = new LanguageModel(tinyConfig({ ...sizes, quantization }), device);
      model.memory.initialize(3);
      const state = await model.memory.read("parameters");
      // One matrix unlike the others, to tell parts of a fused matrix apart.
      const key = "model.layers.0.self_attn.k_proj.weight";
      const { shape } = state.get(key)!;
      const lopsided = toFloat32(state.get(key)!).map((w, i) =>
        i % 3 === 0 ? 1 : Math.abs(w) / 100
      );
      state.set(key, storedTensor(lopsided, shape));
      await model.memory.write("parameters", state, "a test");
      await model.refresh();

      const format = absmean.format(1.58);
      const layers = await layerStatistics(model.memory);
      const modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
      assert.deepEqual([...layers.keys()].map((name) => name.split(".").at(-1)), modules);
      for (const [name, statistics] of layers) {
        const { shape, ...tensor } = state.get(`${name}.weight`)!;
        const weights = toFloat32({ shape, ...tensor });
        const [rows, columns] = shape;
        const [groups, size] = weightGranularity === "row" ? [rows, columns] : [1, weights.length];
        const images = Array.from(
          { length: groups },
          (_, at) => quantizeGroup(format, weights.subarray(at * size, (at + 1) * size)),
        );
        const codes = Int8Array.from(images.flatMap((image) => [...image.codes]));
        const scale = images.reduce((sum, { scale }) => sum + scale, 0) / groups;
        const { sparsity, positive, negative } = statistics;
        assertClose(
          [sparsity, positive, negative, statistics.scale],
          [
            share(codes, (code) => code === 0),
            share(codes, (code) => code > 0),
            share(codes, (code) => code < 0),
            scale,
          ],
          { rtol: 1e-5, label: name },
        );
        assertClose([sparsity + positive + negative], [1]);
      }
      const { negative, positive } = layers.get("model.layers.0.self_attn.k_proj")!;
      assert.deepEqual([negative, positive], [0, 0.333333]);
      const mean = [...layers.values()].reduce((sum, { sparsity }) => sum + sparsity, 0) / 7;
      assertClose([meanSparsity(layers)!], [mean]);
    },
  );
}

deviceTest("a float model has no layers with codes", async (device) => {
  using model = new LanguageModel(tinyConfig({ bits: 32 }), device);
  model.memory.initialize(0);
  const layers = await layerStatistics(model.memory);
  assert.equal(layers.size, 0);
  assert.equal(meanSparsity(layers), undefined);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../../../src/errors.ts";
import { loadModel } from "../../../src/models/model_directory.ts";
import { loadLanguageModel } from "../../../src/models/text/load.ts";
import { loadImageClassifier } from "../../../src/models/vit/load.ts";
import {
  checkVitConfig,
  quantizationAt,
  smallVitConfig,
  tokenCount,
  type VitConfig,
} from "../../../src/models/vit/config.ts";
import { vitConfigFromJson, vitConfigToJson } from "../../../src/models/vit/config_json.ts";
import { makeQuantization } from "../../../src/nn/quantization.ts";
import { deviceTest } from "../../devices.ts";
import { tinyVitConfig } from "../../tiny_images.ts";
import { withFolder } from "../../train/tiny_run.ts";

const golden = fileURLToPath(new URL("../../golden/vit_tiny/ternary", import.meta.url));

Deno.test("a configuration survives being written and read", () => {
  const configs: VitConfig[] = [
    smallVitConfig,
    tinyVitConfig({ bits: 32 }),
    tinyVitConfig({
      tokenizer: { kind: "convolution", layers: 2, channels: 24 },
      pooling: "sequence",
      activation: "gelu_tanh",
      labels: ["cat", "dog"],
      queryKeyValueBias: false,
      dropout: 0.1,
      stochasticDepth: 0.2,
      embedQuantization: makeQuantization({ weightBits: 4 }),
      headQuantization: makeQuantization({ weightBits: 8 }),
    }),
  ];
  for (const config of configs) {
    const json = JSON.parse(JSON.stringify(vitConfigToJson(config)));
    assert.deepEqual(vitConfigFromJson(json, "config.json"), config);
  }
});

Deno.test("Hugging Face's own configuration is a float model with its defaults", () => {
  const config = vitConfigFromJson({
    architectures: ["ViTForImageClassification"],
    model_type: "vit",
    id2label: { 0: "cat", 1: "dog", 2: "boat" },
    label2id: { cat: 0, dog: 1, boat: 2 },
  }, "config.json");
  assert.equal(config.quantization.weightBits, 32);
  assert.deepEqual(config.labels, ["cat", "dog", "boat"]);
  assert.deepEqual(
    [config.imageSize, config.hiddenSize, config.layers, config.heads, config.intermediateSize],
    [224, 768, 12, 12, 3072],
  );
  assert.equal(tokenCount(config), 197);
});

Deno.test("convolutions halve the size, rounded up", () => {
  const tokens = (imageSize: number, layers: number) =>
    tokenCount(
      tinyVitConfig({
        imageSize,
        tokenizer: { kind: "convolution", layers, channels: 4 },
        pooling: "sequence",
      }),
    );
  assert.deepEqual([tokens(32, 1), tokens(32, 2), tokens(28, 2), tokens(9, 2)], [256, 64, 49, 9]);
});

Deno.test("embedding and head have the quantizer of the blocks at widths of their own", () => {
  const blocks = makeQuantization({ weightBits: 1.58, weightGranularity: "row" });
  assert.equal(quantizationAt(blocks, 1.58), blocks);
  const four = quantizationAt(blocks, 4);
  assert.deepEqual([four.weightBits, four.weightGranularity, four.activationBits], [4, "row", 8]);
  assert.equal(quantizationAt(blocks, 32).weightQuantizer, undefined);
  assert.equal(quantizationAt(makeQuantization({ weightBits: 32 }), 2).activationBits, 8);
});

const IMPOSSIBLE: readonly [Parameters<typeof tinyVitConfig>[0], RegExp][] = [
  [{ imageSize: 30 }, /images of 30 pixels .* patches of 4 .*; 32 would be/],
  [{ hiddenSize: 16, heads: 3 }, /width 16 .* 3 heads .*18 would be/],
  [{ hiddenSize: 512, heads: 2 }, /heads of 256 dimensions .*at most 128/],
  [{ layers: 0 }, /number of layers \(`layers`\) 0: it must be at least 1/],
  [{ labels: [] }, /number of classes 0: it must be at least 1/],
  [{ tokenizer: { kind: "patch", patchSize: 0 } }, /patch size \(`patchSize`\) 0/],
  [
    { tokenizer: { kind: "convolution", layers: 1.5, channels: 8 } },
    /number of convolutions 1\.5: it must be at least 1/,
  ],
  [{ dropout: 1 }, /dropout 1: it must be in \[0, 1\)/],
  [{ stochasticDepth: -0.1 }, /stochasticDepth -0\.1: it must be in \[0, 1\)/],
];

for (const [options, message] of IMPOSSIBLE) {
  Deno.test(`an impossible model is refused: ${JSON.stringify(options)}`, () => {
    assert.throws(() => checkVitConfig(tinyVitConfig(options)), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, message);
      return true;
    });
  });
}

const UNREADABLE: readonly [unknown, RegExp][] = [
  [null, /Cannot load x\.json: it must be a JSON object/],
  [
    { architectures: ["BitNetForCausalLM"] },
    /BitNetForCausalLM, ViTForImageClassification is needed/,
  ],
  [{ hidden_size: "16" }, /hidden_size is "16", it must be a whole number/],
  [{ hidden_act: "tanh" }, /hidden_act is "tanh", this version has gelu and/],
  [{ id2label: { 0: "a", 2: "b" } }, /id2label is .*it must name the classes 0 to 1/],
  [{ num_labels: 4 }, /num_labels is 4, but id2label names 5 classes/],
  [{ image_size: [16, 8] }, /image_size is \[16,8\], this version has squares only/],
  [{ id2label: [] }, /id2label: it must be a JSON object/],
  [{ id2label: {} }, /must name the classes/],
  [{ label2id: { LABEL_0: 1 } }, /label2id is .*but id2label gives "LABEL_0" another number/],
  [{ qkv_bias: 1 }, /qkv_bias is 1, it must be true or false/],
  [{ use_swiglu: true }, /use_swiglu is true, this version does not know the field/],
  [{ patch_size: 0 }, /patch_size is 0/],
  [{ bittext: { conv_layers: 1.5 } }, /conv_layers is 1\.5/],
  [{ bittext: { pooling: "max" } }, /pooling is "max", this version has class and mean and/],
  [{ bittext: { embed_bits: 9 } }, /9/],
];

for (const [change, message] of UNREADABLE) {
  Deno.test(`a wrong config.json is refused: ${JSON.stringify(change)}`, () => {
    const whole = vitConfigToJson(tinyVitConfig());
    const wanted = change === null ? change : { ...whole, ...Object(change) };
    assert.throws(() => vitConfigFromJson(wanted, "x.json"), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

deviceTest("a model directory is what its architecture says", async (device) => {
  using model = await loadModel(golden, device);
  assert.equal(model.family, "vit");
  await assert.rejects(loadLanguageModel(golden, device), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /architecture is ViTForImageClassification, BitNetForCausalLM is/);
    return true;
  });
});

deviceTest("weights for another number of classes are refused", async (device) => {
  await withFolder(async (folder) => {
    const config = JSON.parse(await Deno.readTextFile(join(golden, "config.json")));
    delete config.id2label;
    const text = JSON.stringify({ ...config, num_labels: 7 });
    await Deno.writeTextFile(join(folder, "config.json"), text);
    await Deno.copyFile(join(golden, "model.safetensors"), join(folder, "model.safetensors"));
    await assert.rejects(loadImageClassifier(folder, device), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(
        error.message,
        /classifier.weight has shape \(10, 32\), this model needs \(7, 32\)/,
      );
      return true;
    });
  });
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { InputError } from "../../../src/errors.ts";
import { readJson } from "../../../src/models/model_directory.ts";
import {
  checkTextConfig,
  defaultIntermediateSize,
  smallTextConfig,
  textConfigFromJson,
  textConfigToJson,
} from "../../../src/models/text/config.ts";
import { makeQuantization } from "../../../src/nn/quantization.ts";
import { tinyConfig } from "../../tiny_text.ts";

Deno.test("a configuration survives config.json, with every field at another value", () => {
  const configs = [
    tinyConfig(),
    tinyConfig({
      layers: 3,
      hiddenSize: 24,
      intermediateSize: 40,
      heads: 4,
      keyValueHeads: 2,
      activation: "relu2",
      maxPositions: 9,
      initializerRange: 0.1,
      rmsNormEpsilon: 1e-6,
      ropeTheta: 500,
      tieWordEmbeddings: true,
      dropout: 0.25,
      quantization: makeQuantization({ weightBits: 1, weightGranularity: "row" }),
    }),
    tinyConfig({ bits: 32 }),
    tinyConfig({
      quantization: makeQuantization({ weightScheme: "threshold", weightThreshold: 0.4 }),
    }),
    tinyConfig({
      quantization: makeQuantization({ weightBits: 3, weightGranularity: "group:64" }),
    }),
  ];
  for (const config of configs) {
    const json = JSON.parse(JSON.stringify(textConfigToJson(config)));
    assert.deepEqual(textConfigFromJson(json, "config.json"), config);
  }
});

Deno.test("a configuration of Hugging Face's BitNet is read as it is meant", async () => {
  const path = fileURLToPath(
    new URL("../../golden/lm_tiny/ternary/config.json", import.meta.url),
  );
  const { quantization, ...config } = textConfigFromJson(await readJson(path), path);
  assert.deepEqual(config, {
    vocabSize: 64,
    hiddenSize: 32,
    intermediateSize: 48,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    activation: "relu2",
    maxPositions: 64,
    embeddingRange: 0.02,
    initializerRange: 0.02,
    rmsNormEpsilon: 1e-5,
    ropeTheta: 10000,
    tieWordEmbeddings: true,
    dropout: 0,
  });
  assert.equal(quantization.weightBits, 1.58);
  assert.equal(quantization.weightQuantizer?.name, "absmean");
});

Deno.test("what says nothing of its quantization is float, and absent fields take defaults", () => {
  const config = textConfigFromJson({
    architectures: ["BitNetForCausalLM"],
    vocab_size: 10,
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 8,
  }, "config.json");
  assert.equal(config.quantization.weightBits, 32);
  assert.equal(config.quantization.activationBits, 32);
  assert.equal(config.keyValueHeads, 2);
  assert.equal(config.activation, "relu2");
  assert.equal(config.tieWordEmbeddings, false);
  assert.equal(config.ropeTheta, 500000);
});

const IMPOSSIBLE: readonly [Parameters<typeof tinyConfig>[0], RegExp][] = [
  [{ hiddenSize: 16, heads: 3, keyValueHeads: 3 }, /width 16 .* 3 heads .*18 would be/],
  [{ heads: 4, keyValueHeads: 3 }, /3 key-value heads .* 4 heads/],
  [{ hiddenSize: 6, heads: 2 }, /heads of 3 dimensions .*even/],
  [{ hiddenSize: 512, heads: 2 }, /heads of 256 dimensions .*at most 128/],
  [{ layers: 0 }, /number of layers \(`layers`\) 0: it must be at least 1/],
  [{ maxPositions: 2.5 }, /context \(`maxPositions`\) 2\.5/],
  [{ dropout: 1 }, /dropout 1: it must be in \[0, 1\)/],
];

for (const [options, message] of IMPOSSIBLE) {
  Deno.test(`an impossible model is refused: ${JSON.stringify(options)}`, () => {
    assert.throws(() => checkTextConfig(tinyConfig(options)), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, message);
      return true;
    });
  });
}

const UNREADABLE: readonly [unknown, RegExp][] = [
  [null, /Cannot load x\.json: it must be a JSON object/],
  [{}, /its architecture is missing/],
  [{ architectures: ["LlamaForCausalLM"] }, /its architecture is LlamaForCausalLM/],
  [{ hidden_size: "16" }, /hidden_size is "16", it must be a whole number/],
  [{ vocab_size: 0 }, /vocab_size is 0, it must be a whole number/],
  [{ vocab_size: 1.5 }, /vocab_size is 1\.5, it must be a whole number/],
  [{ rms_norm_eps: -1 }, /rms_norm_eps is -1, it must be a number above 0/],
  [{ tie_word_embeddings: "yes" }, /tie_word_embeddings is "yes", it must be true or false/],
  [{ num_hidden_layers: 1e9 }, /1000000000 layers .*at most 256/],
  [{ intermediate_size: 2e9 }, /billion parameters/],
  [{ architectures: [{ toString: 1 }] }, /its architecture is \{"toString":1\}/],
  [{ attention_bias: true }, /attention_bias is true, this version has it false only/],
  [{ head_dim: 4 }, /head_dim is 4, this version has it 8 only/],
  [{ sliding_window: 4 }, /sliding_window is 4/],
  [{ rope_scaling: { type: "linear", factor: 2 } }, /rope_scaling: type is "linear"/],
  [{ rope_parameters: { rope_type: "yarn" } }, /rope_parameters: rope_type is "yarn"/],
  [{ rope_parameters: { rope_theta: 5 } }, /rope_parameters is .*but rope_theta is 10000/],
  [{ logit_softcap: 30 }, /logit_softcap is 30, this version does not know the field/],
  [{ bittext: { activation_scheme: 1.5 } }, /activation_scheme is 1\.5, it must be a text/],
  [{ bittext: { weight_bits: "2" } }, /weight_bits is "2", it must be a number/],
  [{ bittext: [] }, /bittext: it must be a JSON object/],
  [{ bittext: { clipping: 3 } }, /clipping is 3, this version does not know the field/],
  [{ hidden_act: "gelu" }, /hidden_act is "gelu", this version has silu and swish and relu2/],
  [{ bittext: { weight_bits: 9 } }, /9/],
  [
    { bittext: { weight_granularity: "group" } },
    /granularity group: there are tensor, row and group:N/,
  ],
  [{ bittext: { activation_scheme: "running" } }, /activation scheme running/],
];

for (const [change, message] of UNREADABLE) {
  Deno.test(`a wrong config.json is refused: ${JSON.stringify(change)}`, () => {
    const whole = textConfigToJson(tinyConfig());
    const wanted = change === null || Object.keys(Object(change)).length === 0
      ? change
      : { ...whole, ...Object(change) };
    assert.throws(() => textConfigFromJson(wanted, "x.json"), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("the small configuration is the one comparisons mean", () => {
  assert.equal(defaultIntermediateSize(128), 384);
  assert.equal(defaultIntermediateSize(256), 704);
  const { layers, hiddenSize, heads, intermediateSize, maxPositions, activation } = smallTextConfig;
  assert.deepEqual(
    { layers, hiddenSize, heads, intermediateSize, maxPositions, activation },
    {
      layers: 4,
      hiddenSize: 128,
      heads: 4,
      intermediateSize: 384,
      maxPositions: 64,
      activation: "silu",
    },
  );
});

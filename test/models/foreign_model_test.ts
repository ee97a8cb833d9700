/**
 * Models as other programs write them: each variation must compute what the model it varies computes.
 */
import assert from "node:assert/strict";
import {
  encodeSafetensors,
  parseSafetensors,
  type StoredTensor,
} from "../../src/files/safetensors.ts";
import { loadModel } from "../../src/models/page_model.ts";
import { textFamily } from "../../src/models/text/family.ts";
import { vitFamily } from "../../src/models/vit/family.ts";
import type { FileContent } from "../../src/models/web_model_files.ts";
import { deviceTest } from "../devices.ts";

type Json = Record<string, unknown>;
type Tensors = Map<string, StoredTensor>;
type Place = Record<string, FileContent>;

const read = (model: string, name: string) =>
  Deno.readFile(new URL(`../golden/${model}/ternary/${name}`, import.meta.url));
const config: Json = JSON.parse(new TextDecoder().decode(await read("lm_tiny", "config.json")));
const { tensors } = parseSafetensors(await read("lm_tiny", "model.safetensors"), "golden");

const ONLINE = {
  quant_method: "bitnet",
  linear_class: "autobitlinear",
  quantization_mode: "online",
  modules_to_not_convert: null,
};

function without(json: Json, ...names: string[]): Json {
  return Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)));
}

function tensor(dtype: StoredTensor["dtype"], shape: number[], bytes: number): StoredTensor {
  return { dtype, shape, data: new Uint8Array(bytes) };
}

async function files(json: Json, weights: Tensors): Promise<Place> {
  return {
    "config.json": JSON.stringify(json),
    "model.safetensors": await encodeSafetensors(weights),
  };
}

/** In files of their own, by turns. */
async function sharded(json: Json, weights: Tensors): Promise<Place> {
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const places = [...weights.keys()].map((name, i) => [name, names[i % 2]] as const);
  const place: Place = {};
  for (const file of names) {
    const own = places.filter(([, place]) => place === file);
    place[file] = await encodeSafetensors(
      new Map(own.map(([name]) => [name, weights.get(name)!] as const)),
    );
  }
  return {
    "config.json": JSON.stringify(json),
    "model.safetensors.index.json": JSON.stringify({
      metadata: { total_size: 1 },
      weight_map: Object.fromEntries(places),
    }),
    ...place,
  };
}

const more = (name: string, added: StoredTensor): Tensors => new Map([...tensors, [name, added]]);
const theta = config.rope_theta as number;
const noTheta = without(config, "rope_theta");

const VARIATIONS: Readonly<Record<string, Place>> = {
  "rope_theta as transformers 5 writes it": await files(
    { ...noTheta, rope_parameters: { rope_theta: theta, rope_type: "default" } },
    tensors,
  ),
  "quantization_config in place of bittext": await files(
    { ...without(config, "bittext"), quantization_config: ONLINE },
    tensors,
  ),
  "surplus tensors, one of a type that nothing here computes with": await files(
    config,
    new Map([
      ...more("model.rotary_emb.inv_freq", tensor("F32", [4], 16)),
      ["calib.scale", tensor("F8_E4M3", [4], 4)],
      ["packed.fp4", tensor("F4", [2, 4], 4)],
    ]),
  ),
  "several files": await sharded(config, tensors),
  "fields that change nothing": await files({
    ...config,
    transformers_version: "5.1.0",
    dtype: "bfloat16",
    head_dim: (config.hidden_size as number) / (config.num_attention_heads as number),
    sliding_window: null,
    rope_scaling: null,
    pretraining_tp: 1,
    bos_token_id: 1,
    _name_or_path: "somewhere",
    id2label: { 0: "LABEL_0" },
  }, tensors),
};

const tokens = Int32Array.of(1, 2, 3);
const options = { shape: [1, 3] } as const;

deviceTest("a model as others write it computes the same", async (device) => {
  const load = async (place: Place) => {
    const notes: string[] = [];
    using model = await loadModel(place, device, {
      family: textFamily,
      onNote: (line) => notes.push(line),
    });
    return { ...await model.forward(tokens, options), notes };
  };
  const { logits, notes } = await load(await files(config, tensors));
  assert.deepEqual(notes, []);
  for (const [name, place] of Object.entries(VARIATIONS)) {
    const other = await load(place);
    assert.deepEqual(other.logits, logits, name);
    assert.deepEqual(
      other.notes,
      name.startsWith("surplus")
        ? [
          "model.safetensors holds what this model has no use for: model.rotary_emb.inv_freq, " +
          "calib.scale, packed.fp4",
        ]
        : [],
    );
  }
  // Nothing says that it is ternary: then it is float, and computes something else.
  const float = await load(await files(without(config, "bittext"), tensors));
  assert.notDeepEqual(float.logits, logits);
  const stated = { bittext: { weight_bits: 32, activation_bits: 32 } };
  assert.deepEqual(
    float.logits,
    (await load(await files({ ...config, ...stated }, tensors))).logits,
  );
});

Deno.test("what a saved model says of itself is what transformers computes, or that it does not", () => {
  const ternary = textFamily.configFromJson(config, "config.json");
  const json = textFamily.configToJson(ternary) as Json;
  assert.deepEqual(json.quantization_config, ONLINE);
  for (
    const change of [
      { weight_bits: 2 },
      { weight_scheme: "absmedian" },
      { weight_granularity: "row" },
      { activation_bits: 4 },
    ]
  ) {
    const other = textFamily.configFromJson(
      { ...config, bittext: { ...config.bittext as Json, weight_scheme: undefined, ...change } },
      "config.json",
    );
    const json = textFamily.configToJson(other) as Json;
    assert.equal(json.quantization_config, undefined, JSON.stringify(change));
    assert.match((json.bittext as Json).note as string, /would run the latent weights as floats/);
    assert.deepEqual(textFamily.configFromJson(json, "config.json"), other);
  }
});

const index = (map: unknown): Place => ({
  "config.json": JSON.stringify(config),
  "model.safetensors.index.json": JSON.stringify(map),
});
const offline = { ...ONLINE, quantization_mode: "offline" };
const [first] = tensors.keys();

const REFUSED: readonly [string, Place, RegExp][] = [
  [
    "packed weights",
    await files({ ...without(config, "bittext"), quantization_config: offline }, tensors),
    /packed weights cannot be opened yet/,
  ],
  [
    "integer weights",
    await files(config, new Map([...tensors, [first, tensor("U8", [4, 4], 16)]])),
    /is U8, a matrix of packed weights, which cannot be opened yet/,
  ],
  [
    "another quantization",
    await files(
      { ...without(config, "bittext"), quantization_config: { quant_method: "gptq" } },
      tensors,
    ),
    /quant_method is "gptq", this version has bitnet/,
  ],
  [
    "norms before each layer",
    await files({
      ...without(config, "bittext"),
      quantization_config: { ...ONLINE, use_rms_norm: true },
    }, tensors),
    /use_rms_norm is true/,
  ],
  ["no list of files", index([]), /it has no weight_map/],
  ["an empty list of files", index({ weight_map: {} }), /its weight_map is empty/],
  [
    "a file elsewhere",
    index({ weight_map: { w: "../model.safetensors" } }),
    /tensor w is in "\.\.\/model\.safetensors", which is no such file/,
  ],
  [
    "a file that is a number",
    index({ weight_map: { w: 1 } }),
    /tensor w is in 1, which is no such/,
  ],
  [
    "a file that is not there",
    index({ weight_map: { w: "a.safetensors" } }),
    /Cannot read a\.safetensors/,
  ],
  [
    "a tensor that is not in its file",
    {
      ...index({ weight_map: { w: "a.safetensors" } }),
      "a.safetensors": await encodeSafetensors(tensors),
    },
    /model\.safetensors\.index\.json says that tensor w is in it/,
  ],
];

deviceTest("what cannot be opened is named", async (device) => {
  for (const [name, place, message] of REFUSED) {
    await assert.rejects(loadModel(place, device), { name: "InputError", message }, name);
  }
});

deviceTest("an image model with a pooler, and with sides instead of a size", async (device) => {
  const json: Json = JSON.parse(new TextDecoder().decode(await read("vit_tiny", "config.json")));
  const { tensors } = parseSafetensors(await read("vit_tiny", "model.safetensors"), "golden");
  const { image_size: size, num_channels: channels, hidden_size: width } = json as Record<
    string,
    number
  >;
  const pixels = Float32Array.from({ length: channels * size * size }, (_, i) => Math.sin(i));
  const shape = [1, channels, size, size] as const;
  const load = async (json: Json, weights: Tensors) => {
    const notes: string[] = [];
    const onNote = (line: string) => void notes.push(line);
    using model = await loadModel(await files(json, weights), device, {
      family: vitFamily,
      onNote,
    });
    return { logits: (await model.forward(pixels, { shape })).logits, notes };
  };
  const expected = await load(json, tensors);
  const other = await load(
    { ...json, image_size: [size, size], pooler_act: "tanh" },
    new Map([...tensors, ["vit.pooler.dense.bias", tensor("F32", [width], 4 * width)]]),
  );
  assert.deepEqual(other.logits, expected.logits);
  assert.match(other.notes[0], /vit\.pooler\.dense\.bias/);
});

import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { readTokenizer } from "../../src/data/tokenizers/page_tokenizer.ts";
import { ByteTokenizer } from "../../src/data/tokenizers/byte_tokenizer.ts";
import { loadModel as loadDirectory } from "../../src/models/model_directory.ts";
import { loadModel } from "../../src/models/page_model.ts";
import { textFamily } from "../../src/models/text/family.ts";
import { vitFamily } from "../../src/models/vit/family.ts";
import type { ModelPlace } from "../../src/models/web_model_files.ts";
import { deviceTest } from "../devices.ts";

const folder = new URL("../golden/lm_tiny/ternary/", import.meta.url);
const content = (name: string) => Deno.readFile(new URL(name, folder));
const config = await content("config.json");
const weights = await content("model.safetensors");

const places: Readonly<Record<string, ModelPlace>> = {
  "an address": folder.href,
  "an address without a slash at its end": new URL(folder.href.slice(0, -1)),
  "files that a user chose": [
    new File([weights], "model.safetensors"),
    new File([config], "config.json"),
  ],
  "blobs by name": {
    "config.json": new Blob([config]),
    "model.safetensors": new Blob([weights]),
  },
  "bytes and text by name": {
    "config.json": new TextDecoder().decode(config),
    "model.safetensors": weights,
  },
};

deviceTest("a model is the same wherever its files are", async (device) => {
  const tokens = Int32Array.of(1, 2, 3);
  const options = { shape: [1, 3] } as const;
  using expected = await loadDirectory(new URL(folder).pathname, device, { family: textFamily });
  const { logits } = await expected.forward(tokens, options);
  for (const [name, place] of Object.entries(places)) {
    using model = await loadModel(place, device, { family: textFamily });
    assert.deepEqual((await model.forward(tokens, options)).logits, logits, name);
  }
});

deviceTest("files that are missing, damaged or of another family are named", async (device) => {
  const refused = async (place: ModelPlace, message: RegExp) => {
    await assert.rejects(loadModel(place, device), (error: Error) => {
      assert.ok(error instanceof InputError, error.name);
      assert.match(error.message, message);
      return true;
    });
  };
  await refused({}, /^Cannot read config\.json: it is not among the files given: none$/);
  await refused(
    { "config.json": new Blob([config]) },
    /^Cannot read model\.safetensors: it is not among the files given: config\.json$/,
  );
  await refused({ "config.json": "{" }, /^Cannot read config\.json: it is not JSON/);
  await refused(
    { "config.json": new Blob([config]), "model.safetensors": weights.subarray(0, 100) },
    /^Cannot read model\.safetensors: /,
  );
  await assert.rejects(
    loadModel(folder.href, device, { family: vitFamily }),
    /its architecture is BitNetForCausalLM/,
  );
});

Deno.test("a tokenizer is read from a file or an address", async () => {
  const text = JSON.stringify(new ByteTokenizer().toJSON());
  const file = new File([text], "tokenizer.json");
  assert.equal((await readTokenizer(file)).kind, "byte");
  const address = `data:application/json,${encodeURIComponent(text)}`;
  assert.equal((await readTokenizer(address)).kind, "byte");
  await assert.rejects(
    readTokenizer(new File(["no"], "mine.json")),
    { message: "Cannot use the tokenizer mine.json: it is not JSON" },
  );
});

import assert from "node:assert/strict";
import { CharTokenizer } from "../../src/data/tokenizers/char_tokenizer.ts";
import { generate } from "../../src/infer/generate.ts";
import { generateText } from "../../src/infer/generate_text.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { ImageClassifier } from "../../src/models/vit/model.ts";
import { Random } from "../../src/random.ts";
import { deviceTest } from "../devices.ts";
import { tinyVitConfig } from "../tiny_images.ts";
import { tinyConfig, tinyText } from "../tiny_text.ts";

const tokenizer = CharTokenizer.fromText(tinyText());

deviceTest("text goes in, and what generate draws comes out as text", async (device) => {
  using model = new LanguageModel(tinyConfig({ vocabSize: tokenizer.vocabSize }), device);
  model.memory.initialize(0);
  const options = { tokens: 12, temperature: 0.8 };
  let text = "";
  for await (const piece of generateText(model, tokenizer, "the ", { ...options, seed: 3 })) {
    text += piece;
  }
  const ids: number[] = [];
  const prompt = tokenizer.encode("the ");
  for await (const id of generate(model, prompt, { ...options, random: new Random(3) })) {
    ids.push(id);
  }
  assert.equal(text, tokenizer.decode(ids));
  assert.equal(text.length, 12);
});

deviceTest("a model of images continues no text", async (device) => {
  using model = new ImageClassifier(tinyVitConfig(), device);
  await assert.rejects(
    Array.fromAsync(generateText(model, tokenizer, "the ")),
    /^TypeError: Cannot continue tokens with a model of the family vit/,
  );
});

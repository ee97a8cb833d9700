import assert from "node:assert/strict";
import { smallTextConfig } from "../../src/models/text/config.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { smallVitConfig } from "../../src/models/vit/config.ts";
import { ImageClassifier } from "../../src/models/vit/model.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { testDevices } from "../devices.ts";

Deno.test("a model prints and displays itself in a line", () => {
  const device = testDevices().at(-1)!;
  using text = new LanguageModel({ ...smallTextConfig, vocabSize: 65 }, device);
  const line = "LanguageModel: 4 layers of 128, 0.9 M parameters, 1.58-bit weights (absmean), " +
    "8-bit activations, 252 kB packed, on cpu";
  assert.equal(String(text), line);
  assert.equal(Deno.inspect(text), line);
  const display = Reflect.get(text, Symbol.for("Jupyter.display"));
  assert.deepEqual(display.call(text), { "text/plain": line });

  const sizes = { layers: 1, hiddenSize: 16, heads: 2, intermediateSize: 32 };
  const quantization = makeQuantization({ weightBits: 32 });
  const outer = { embedQuantization: quantization, headQuantization: quantization };
  using image = new ImageClassifier(
    { ...smallVitConfig, ...sizes, quantization, ...outer },
    device,
  );
  assert.match(
    String(image),
    /^ImageClassifier: 1 layer of 16, 3\.\d k parameters, 32-bit weights, 32-bit activations, /,
  );
});

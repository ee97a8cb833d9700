/**
 * BitText for pages: devices, models, tokenizers, generation and training, without files or anything else that only a
 * host has. The names are those of `mod.ts`, as far as a page can use them.
 *
 * ```sh
 * deno bundle --platform=browser --minify browser.ts -o bittext.js
 * ```
 *
 * The CPU device uses all processors only where the page is isolated: its server sends the headers
 * `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`. A content security policy
 * must allow `script-src 'wasm-unsafe-eval'`, and `worker-src blob:` for more than one thread.
 *
 * @example Continue a text
 * ```ts ignore
 * import { generate, loadModel, openDevice, Random, readTokenizer } from "./bittext.js";
 *
 * const device = await openDevice();
 * const model = await loadModel("models/demo", device);
 * const tokenizer = await readTokenizer("models/demo/tokenizer.json");
 *
 * const decoder = tokenizer.decoder();
 * const prompt = Int32Array.from(tokenizer.encode("O Romeo"));
 * for await (const id of generate(model, prompt, { tokens: 100, random: new Random(0) })) {
 *   document.body.append(decoder.push(id));
 * }
 * ```
 *
 * @module
 */

// What needs no host, floor by floor.
export * from "./src/faces/portable/data.ts";
export * from "./src/faces/portable/device.ts";
export * from "./src/faces/portable/files.ts";
export * from "./src/faces/infer.ts";
export * from "./src/faces/portable/models.ts";
export * from "./src/faces/nn.ts";
export * from "./src/faces/ops.ts";
export * from "./src/faces/quant.ts";
export * from "./src/faces/portable/runs.ts";
export * from "./src/faces/tensor.ts";
export * from "./src/faces/portable/train.ts";

// What a page has in another way than a program.
export * from "./src/data/tokenizers/page_tokenizer.ts";
export * from "./src/device/page_device.ts";
export { type LoadModelOptions } from "./src/models/load_model.ts";
export * from "./src/models/model_files.ts";
export * from "./src/models/page_model.ts";
export * from "./src/models/web_model_files.ts";

// Files in memory and at an address.
export { encodeSafetensors } from "./src/files/safetensors_encoder.ts";
export * from "./src/files/safetensors_reader.ts";
export * from "./src/files/tensor.ts";
export * from "./src/files/web_source.ts";

/**
 * Continues a text: text in, text out.
 *
 * @module
 */
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import type { Model } from "../models/model.ts";
import { Random } from "../random.ts";
import { generate, type GenerateOptions } from "./generate.ts";

/** How to continue a text; what is absent has its default. */
export interface GenerateTextOptions extends Partial<Omit<GenerateOptions, "random">> {
  /** Tokens to generate; default 200. */
  readonly tokens?: number;
  /** Spread of the choice; 0 always takes the likeliest token. Default 0.8. */
  readonly temperature?: number;
  /** Of the choice: the same seed gives the same text. Default another one every time. */
  readonly seed?: number;
}

/**
 * Yields what follows a text, piece by piece: a piece is what a token adds, and may be empty where a character takes
 * several tokens.
 *
 * @param model A model that continues tokens, as `loadModel` gives it.
 * @param tokenizer The model's, as `readTokenizer` reads it from the `tokenizer.json` beside the model.
 * @param prompt What to continue.
 * @throws {TypeError} If the model continues no tokens, but is one of images, say.
 * @throws {InputError} If the prompt has a character that the tokenizer does not know, or none at all.
 * @throws {RangeError} If an option is out of range.
 *
 * @example Print as it comes
 * ```ts ignore
 * import { generateText, loadModel, openDevice, readTokenizer } from "../../mod.ts";
 *
 * using device = await openDevice();
 * using model = await loadModel("runs/demo", device);
 * const tokenizer = await readTokenizer("runs/demo/tokenizer.json");
 * for await (const piece of generateText(model, tokenizer, "ROMEO:", { tokens: 300, seed: 1 })) {
 *   Deno.stdout.writeSync(new TextEncoder().encode(piece));
 * }
 * ```
 */
export async function* generateText(
  model: Model,
  tokenizer: Tokenizer,
  prompt: string,
  options: GenerateTextOptions = {},
): AsyncGenerator<string> {
  const { tokens = 200, temperature = 0.8, seed, ...others } = options;
  const random = new Random(seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const decoder = tokenizer.decoder();
  const ids = tokenizer.encode(prompt);
  const { vocabSize } = tokenizer;
  const sampling = { vocabSize, ...others, tokens, temperature, random };
  for await (const id of generate(model, ids, sampling)) {
    yield decoder.push(id);
  }
  yield decoder.flush();
}

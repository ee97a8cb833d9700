/**
 * What a token of a run is, in words.
 *
 * @module
 */
import type { TokenizerJson } from "../../data/tokenizers/tokenizer_json.ts";
import { readJson } from "../../models/model_directory.ts";
import type { RunDirectory } from "../../train/run_directory.ts";

/** `character`, `byte` or `token`. */
export async function nameOfToken(directory: RunDirectory): Promise<string> {
  const { model, pre_tokenizer } = await readJson(directory.tokenizerPath) as TokenizerJson;
  const tokens = Object.keys(model.vocab);
  const areMerged = model.type !== "BPE" || model.merges.length > 0;
  if (areMerged || tokens.some((token) => [...token].length !== 1)) return "token";
  return JSON.stringify(pre_tokenizer ?? "").includes("ByteLevel") ? "byte" : "character";
}

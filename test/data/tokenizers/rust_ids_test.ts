/**
 * Foreign tokenizers give the ids that the Rust library gives: `test/golden/foreign_tokenizers.json`, made by
 * tokenizers 0.23.2, of random texts with what the two languages differ in.
 */
import assert from "node:assert/strict";
import { loadTokenizer } from "../../../src/data/tokenizers/load_tokenizer.ts";

interface Golden {
  readonly bases: Readonly<Record<string, { readonly added_tokens: readonly unknown[] }>>;
  readonly variations: readonly {
    readonly name: string;
    readonly base: string;
    readonly change: { readonly single_word?: boolean; readonly [part: string]: unknown };
    readonly texts: readonly (readonly [string, readonly number[]])[];
  }[];
}

const { bases, variations }: Golden = JSON.parse(
  await Deno.readTextFile(new URL("../../golden/foreign_tokenizers.json", import.meta.url)),
);

for (const { name, base, change: { single_word, ...parts }, texts } of variations) {
  Deno.test(`ids of the Rust library: ${name}`, async () => {
    const json = { ...bases[base], ...parts };
    if (single_word === false) {
      json.added_tokens = json.added_tokens.map((token) => ({ ...Object(token), single_word }));
    }
    const tokenizer = await loadTokenizer(json, name);
    for (const [text, ids] of texts) {
      assert.deepEqual([...tokenizer.encode(text)], ids, JSON.stringify(text));
    }
  });
}

Deno.test("what neither library nor this module can do is refused by name", async () => {
  const refused = async (change: Record<string, unknown>, message: RegExp) =>
    await assert.rejects(loadTokenizer({ ...bases.gpt2, ...change }, "t.json"), {
      name: "InputError",
      message,
    });
  await refused({ normalizer: { type: "NFC" } }, /"pit" counts as a whole word only/);
  await refused({ pre_tokenizer: { type: "UnicodeScripts" } }, /UnicodeScripts/);
  await refused({
    pre_tokenizer: {
      ...{ type: "Split", behavior: "MergedWithNext", invert: true },
      pattern: { String: " " },
    },
  }, /its Split is inverted with the behavior MergedWithNext/);
  await refused({ pre_tokenizer: { type: "Sequence" } }, /has no list of parts/);
  await refused({ pre_tokenizer: { type: "Split" } }, /its Split has no pattern/);
});

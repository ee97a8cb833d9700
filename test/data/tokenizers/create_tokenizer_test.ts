import assert from "node:assert/strict";
import { CharTokenizer } from "../../../src/data/tokenizers/char_tokenizer.ts";
import {
  createTokenizer,
  type TokenizerCorpus,
} from "../../../src/data/tokenizers/create_tokenizer.ts";
import { bpeVocabSize } from "../../../src/data/tokenizers/tokenizer_name.ts";
import { bert } from "./foreign_tokenizers.ts";

const corpus: TokenizerCorpus = {
  all: () => ["hello ", "wörld"],
  train: () => ["hello ".repeat(9)],
};
const unread: TokenizerCorpus = {
  all: () => assert.fail("the text is not needed"),
  train: () => assert.fail("the text is not needed"),
};

Deno.test("createTokenizer makes what is named, of the text it needs", async () => {
  const char = await createTokenizer("char", { ...corpus, train: unread.train });
  assert.equal(char.vocabSize, 9);
  assert.equal((await createTokenizer("byte", unread)).vocabSize, 256);
  const bpe = await createTokenizer("bpe:260", { ...corpus, all: unread.all });
  assert.equal(bpe.kind, "bpe");
  assert.equal(bpe.vocabSize, 260);
});

Deno.test("createTokenizer reads files of ours and of others", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, JSON.stringify(CharTokenizer.fromText("xyz")));
    const ours = await createTokenizer(path, unread);
    assert.deepEqual(ours.encode("zyx"), Int32Array.of(2, 1, 0));
    await Deno.writeTextFile(path, JSON.stringify(bert()));
    assert.equal((await createTokenizer(path, unread)).kind, "huggingface");
    await Deno.writeTextFile(path, "{");
    await assert.rejects(createTokenizer(path, unread), {
      name: "InputError",
      message: `Cannot use the tokenizer ${path}: it is not JSON`,
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("createTokenizer says when the text is too short for so many tokens", async () => {
  const notices: string[] = [];
  const bpe = await createTokenizer("bpe:4096", corpus, { onNotice: (line) => notices.push(line) });
  assert.equal(bpe.vocabSize, 262);
  assert.deepEqual(notices, [
    "The text is enough for 262 tokens, not for 4,096: no two of them stand together twice",
  ]);
});

Deno.test("createTokenizer says what there is instead", async () => {
  const accepted = "char, byte, bpe:N and the path of a tokenizer.json are accepted";
  await assert.rejects(createTokenizer("chars", unread), {
    name: "InputError",
    message:
      `Cannot use the tokenizer chars: no such file or folder (did you mean char?), ${accepted}`,
  });
  await assert.rejects(createTokenizer("./chars.json", unread), {
    message: `Cannot use the tokenizer ./chars.json: no such file or folder, ${accepted}`,
  });
});

Deno.test("bpeVocabSize takes a number of tokens that has room for the bytes", () => {
  assert.equal(bpeVocabSize("bpe:257"), 257);
  assert.equal(bpeVocabSize("byte"), undefined);
  assert.equal(bpeVocabSize("runs/bpe:4096"), undefined);
  for (const spec of ["bpe", "bpe:", "bpe:4k", "bpe:-1", "bpe:300.5", "bpe:256", "bpe:0"]) {
    assert.throws(() => bpeVocabSize(spec), { name: "InputError", message: /such as bpe:4096/ });
  }
  assert.throws(() => bpeVocabSize("bpe:256"), {
    message: "Cannot use the tokenizer bpe:256: 256 bytes and <|endoftext|> are 257 tokens " +
      "already, bpe:N with N of at least 257, such as bpe:4096, is accepted",
  });
});

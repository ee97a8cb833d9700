import assert from "node:assert/strict";
import { Random } from "../../../src/random.ts";
import { type BpeProgress, trainBpe } from "../../../src/data/tokenizers/train_bpe.ts";
import { tinyText } from "../../tiny_text.ts";
import { randomParts, randomText } from "../random_text.ts";

const sample = tinyText() + randomText(new Random(1), 4000);

async function* later(parts: Iterable<string>): AsyncGenerator<string> {
  for (const part of parts) {
    await Promise.resolve();
    yield part;
  }
}

Deno.test("trainBpe learns the same from a text however it is cut", async () => {
  const whole = JSON.stringify(await trainBpe([sample], { vocabSize: 600 }));
  for (const longest of [7, 5000]) {
    const parts = later(randomParts(new Random(2), sample, longest));
    assert.equal(JSON.stringify(await trainBpe(parts, { vocabSize: 600 })), whole);
  }
});

Deno.test("trainBpe makes words of a text tokens, in the order of their use", async () => {
  const tokenizer = await trainBpe([tinyText()], { vocabSize: 300 });
  assert.equal(tokenizer.vocabSize, 300);
  const ids = tokenizer.encode(tinyText());
  assert.ok(ids.length < tinyText().length / 2);
  assert.deepEqual(tokenizer.encode(" the").length, 1);
});

Deno.test("trainBpe stops where the text has no more to merge", async () => {
  const tokenizer = await trainBpe(["abab abab"], { vocabSize: 5000 });
  assert.deepEqual([...tokenizer.encode("abab")], [257]);
  assert.equal(tokenizer.vocabSize, 259);
  assert.equal((await trainBpe([], { vocabSize: 5000 })).vocabSize, 257);
});

Deno.test("trainBpe keeps special tokens out of the merges", async () => {
  const texts = ["<|endoftext|>".repeat(50) + "ab ".repeat(3)];
  const tokenizer = await trainBpe(texts, { vocabSize: 300 });
  assert.deepEqual(tokenizer.encode("<|endoftext|>ab"), Int32Array.of(tokenizer.endOfText!, 256));
  const none = await trainBpe(texts, { vocabSize: 300, specialTokens: [] });
  assert.equal(none.endOfText, undefined);
  assert.ok(none.encode("<|endoftext|>").length > 1);
});

Deno.test("trainBpe needs little memory for a text of words that never come again", async () => {
  function* text(): Generator<string> {
    const random = new Random(3);
    for (let word = 0; word < 60_000; word++) yield `${random.integer(2 ** 31)} the word `;
  }
  const tokenizer = await trainBpe(text(), { vocabSize: 400, maxWordBytes: 10_000 });
  assert.equal(tokenizer.encode(" the word the").length, 3);
});

Deno.test("trainBpe tells how far it is and can be stopped", async () => {
  const stages: BpeProgress[] = [];
  const many = Array.from({ length: 150 }, () => sample);
  await trainBpe(many, { vocabSize: 1000, onProgress: (progress) => stages.push(progress) });
  const counted = stages.filter(({ stage }) => stage === "counting").map(({ done }) => done);
  assert.ok(counted.length > 0);
  assert.deepEqual(counted, counted.toSorted((a, b) => a - b));
  assert.ok(counted.at(-1)! <= 150 * sample.length);
  await assert.rejects(
    trainBpe(many, { vocabSize: 1000, signal: AbortSignal.abort(new Error("enough")) }),
    { message: "enough" },
  );
});

Deno.test("trainBpe refuses a vocabulary without room for the bytes", async () => {
  for (const vocabSize of [0, 256, 256.5, NaN]) {
    await assert.rejects(trainBpe(["a"], { vocabSize }), RangeError);
  }
});

import assert from "node:assert/strict";
import { Heap } from "../../../../src/data/tokenizers/bpe/heap.ts";
import { PairTable } from "../../../../src/data/tokenizers/bpe/pair_table.ts";
import { WordCounts } from "../../../../src/data/tokenizers/bpe/word_counts.ts";
import { WordTable } from "../../../../src/data/tokenizers/bpe/word_table.ts";
import { Random } from "../../../../src/random.ts";

Deno.test("PairTable is a map of pairs, however many there are", () => {
  const random = new Random(1);
  const table = new PairTable();
  const expected = new Map<string, number>();
  for (let value = 0; value < 5000; value++) {
    const [left, right] = [random.integer(90), random.integer(90) * 2 ** 24];
    table.set(left, right, value);
    expected.set(`${left} ${right}`, value);
  }
  for (let left = 0; left < 90; left++) {
    for (let right = 0; right < 90; right++) {
      const value = expected.get(`${left} ${right * 2 ** 24}`) ?? -1;
      assert.equal(table.get(left, right * 2 ** 24), value);
    }
  }
});

Deno.test("WordTable numbers distinct words in the order they came", () => {
  const random = new Random(2);
  const table = new WordTable();
  const expected = new Map<string, number>();
  const bytes = Uint8Array.from({ length: 3000 }, () => random.integer(3));
  for (let round = 0; round < 20_000; round++) {
    const start = random.integer(2990);
    const end = start + random.integer(11);
    const word = String(bytes.subarray(start, end));
    if (!expected.has(word)) expected.set(word, expected.size);
    assert.equal(table.add(bytes, start, end), expected.get(word));
  }
  assert.equal(table.size, expected.size);
  for (const [word, index] of expected) assert.equal(String(table.word(index)), word);
  table.clear();
  assert.equal(table.add(bytes, 5, 7), 0);
  assert.equal(table.byteCount, 2);
});

Deno.test("Heap gives numbers in order", () => {
  const random = new Random(3);
  const heap = new Heap((a, b) => a < b);
  const items: number[] = [];
  const take = () => assert.equal(heap.pop(), items.sort((a, b) => a - b).shift());
  for (let round = 0; round < 300; round++) {
    const item = random.integer(50);
    heap.push(item);
    items.push(item);
    if (random.integer(3) === 0) take();
  }
  while (items.length > 0) take();
  assert.equal(heap.pop(), undefined);
});

Deno.test("WordCounts forgets the rarest words when there is no more room", () => {
  const words = new WordCounts(100);
  const add = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    words.pretoken(bytes, 0, bytes.length);
  };
  for (let round = 0; round < 500; round++) {
    add("often");
    if (round % 2 === 0) add("sometimes");
    add(`rare${round}`);
    assert.ok(words.words.byteCount <= 100);
  }
  const counts = Object.fromEntries(Array.from({ length: words.words.size }, (_, index) => {
    return [new TextDecoder().decode(words.words.word(index)), words.count(index)];
  }));
  assert.deepEqual([counts.often, counts.sometimes], [500, 250]);

  // Of words that all came once, a sample is kept, from the beginning and from the end.
  const sample = new WordCounts(10_000);
  for (let round = 0; round < 5000; round++) {
    const bytes = new TextEncoder().encode(`${10_000 + round}`);
    sample.pretoken(bytes, 0, bytes.length);
  }
  const kept = Array.from({ length: sample.words.size }, (_, index) => {
    return Number(new TextDecoder().decode(sample.words.word(index))) - 10_000;
  });
  assert.ok(kept.length >= 900 && kept.length <= 2000, `${kept.length} words`);
  for (let from = 0; from < 5000; from += 1000) {
    const part = kept.filter((word) => word >= from && word < from + 1000).length;
    assert.ok(part >= 100, `${part} words from ${from}`);
  }

  // A word of half a kilobyte is counted in two parts.
  const long = new WordCounts(2 ** 20);
  const bytes = new Uint8Array(512).fill(97);
  long.pretoken(bytes, 0, 512);
  assert.deepEqual([long.words.size, long.words.byteCount, long.count(0)], [1, 256, 2]);
});

import assert from "node:assert/strict";
import { learnMerges } from "../../../../src/data/tokenizers/bpe/learn_merges.ts";
import { WordCounts } from "../../../../src/data/tokenizers/bpe/word_counts.ts";
import { Random } from "../../../../src/random.ts";

/** Counts every pair anew before every merge. */
function naiveMerges(counts: ReadonlyMap<string, number>, limit: number): [number, number][] {
  const spellings = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const words = Array.from(counts, ([word, count]) => ({
    ids: Array.from(word, (character) => character.charCodeAt(0)),
    count,
  }));
  const merges: [number, number][] = [];
  while (merges.length < limit) {
    const pairs = new Map<string, number>();
    for (const { ids, count } of words) {
      for (let at = 0; at + 1 < ids.length; at++) {
        const pair = `${ids[at]} ${ids[at + 1]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    }
    const [best] = Array.from(pairs, ([pair, count]) => {
      const [left, right] = pair.split(" ").map(Number);
      return { left, right, count };
    })
      .filter(({ left, right, count }) =>
        count >= 2 && !spellings.includes(spellings[left] + spellings[right])
      )
      .sort((a, b) => b.count - a.count || a.left - b.left || a.right - b.right);
    if (best === undefined) break;
    const token = spellings.push(spellings[best.left] + spellings[best.right]) - 1;
    merges.push([best.left, best.right]);
    for (const { ids } of words) {
      for (let at = 0; at + 1 < ids.length; at++) {
        if (ids[at] === best.left && ids[at + 1] === best.right) ids.splice(at, 2, token);
      }
    }
  }
  return merges;
}

function counted(counts: ReadonlyMap<string, number>): WordCounts {
  const words = new WordCounts(2 ** 20);
  for (const [word, count] of counts) {
    const bytes = Uint8Array.from(word, (character) => character.charCodeAt(0));
    for (let time = 0; time < count; time++) words.pretoken(bytes, 0, bytes.length);
  }
  return words;
}

Deno.test("learnMerges learns what counting everything anew gives", () => {
  const random = new Random(1);
  for (let round = 0; round < 60; round++) {
    // Few letters make overlapping pairs, ties, and tokens that could be spelt in two ways.
    const letters = 1 + random.integer(4);
    const counts = new Map<string, number>();
    for (let word = 0; word < 12; word++) {
      const length = 1 + random.integer(14);
      const letter = () => String.fromCharCode(97 + random.integer(letters));
      counts.set(Array.from({ length }, letter).join(""), 1 + random.integer(4));
    }
    const merges = Array.from(
      learnMerges(counted(counts), 40),
      ({ left, right }): [number, number] => [left, right],
    );
    assert.deepEqual(merges, naiveMerges(counts, 40), [...counts].join(" "));
  }
});

Deno.test("learnMerges breaks ties by the smaller ids and ends when nothing occurs twice", () => {
  const merges = [...learnMerges(counted(new Map([["dc", 2], ["ba", 2], ["bb", 2]])), 9)];
  assert.deepEqual(merges, [
    { left: 98, right: 97 },
    { left: 98, right: 98 },
    { left: 100, right: 99 },
  ]);
  assert.deepEqual([...learnMerges(counted(new Map([["abcdef", 1]])), 9)], []);
});

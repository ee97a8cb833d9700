import assert from "node:assert/strict";
import { PairTable } from "../../../../src/data/tokenizers/bpe/pair_table.ts";
import { WordMerger } from "../../../../src/data/tokenizers/bpe/word_merger.ts";
import { Random } from "../../../../src/random.ts";

/** Of all possible merges the first one learned, at its leftmost place, again and again. */
function naiveMerge(bytes: Uint8Array, merges: ReadonlyMap<string, number>): number[] {
  const ids = [...bytes];
  for (;;) {
    const tokens = ids.slice(1).map((right, at) => merges.get(`${ids[at]} ${right}`) ?? Infinity);
    const best = Math.min(...tokens);
    if (best === Infinity) return ids;
    ids.splice(tokens.indexOf(best), 2, best);
  }
}

Deno.test("words of every length are merged in the order of the merges", () => {
  const random = new Random(1);
  for (let round = 0; round < 100; round++) {
    const table = new PairTable();
    const merges = new Map<string, number>();
    for (let token = 256; token < 300; token++) {
      const [left, right] = [0, 0].map(() => {
        const known = random.integer(3 + token - 256);
        return known < 3 ? 97 + known : 253 + known;
      });
      if (merges.has(`${left} ${right}`)) continue;
      merges.set(`${left} ${right}`, token);
      table.set(left, right, token);
    }
    const merger = new WordMerger(table);
    // Above 64 bytes another algorithm takes over.
    for (const length of [0, 1, 2, 7, 63, 64, 65, 66, 150]) {
      const bytes = Uint8Array.from({ length }, () => 97 + random.integer(3));
      assert.deepEqual([...merger.merge(bytes, 0, length)], naiveMerge(bytes, merges));
    }
  }
});

Deno.test("a word of a quarter megabyte takes no quadratic time", () => {
  const table = new PairTable();
  for (let level = 0; level < 10; level++) {
    table.set(level === 0 ? 97 : 255 + level, level === 0 ? 97 : 255 + level, 256 + level);
  }
  const merged = new WordMerger(table).merge(new Uint8Array(2 ** 18).fill(97), 0, 2 ** 18);
  assert.deepEqual([merged.length, new Set(merged)], [2 ** 8, new Set([265])]);
});

/**
 * Learns which pairs of tokens to merge.
 *
 * @module
 */

import { Heap } from "./heap.ts";
import { type Pair, PairOccurrences } from "./pair_occurrences.ts";
import type { WordCounts } from "./word_counts.ts";
import { WordTable } from "./word_table.ts";

/** A merge must have been of use more than once. */
const FEWEST_OCCURRENCES = 2;

/**
 * Merges the most frequent pair of neighboring tokens, again and again.
 *
 * Of equally frequent pairs the one with the smaller left id comes first, then the one with the smaller right id.
 * A pair that spells a token there is already is passed over, so that every token is spelt differently.
 *
 * @param words The words of a text, with how often each occurs.
 * @param limit How many merges to learn.
 * @returns The merges in order, as they are learned; fewer if no pair occurs twice any more. The one with number i
 * makes the token 256 + i, the tokens before are the bytes.
 * @see Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, section 3.2
 */
export function* learnMerges(words: WordCounts, limit: number): Generator<Pair> {
  const occurrences = new PairOccurrences(words);
  const tokens = new WordTable();
  for (let byte = 0; byte < 256; byte++) tokens.add(Uint8Array.of(byte), 0, 1);

  /** What each pair counted when it was put into the heap; it can only have become less since. */
  const known: number[] = [];
  const heap = new Heap((a, b) => {
    if (known[a] !== known[b]) return known[a] > known[b];
    const [first, second] = [occurrences.pair(a), occurrences.pair(b)];
    return first.left !== second.left ? first.left < second.left : first.right < second.right;
  });
  const put = (index: number) => {
    known[index] = occurrences.count(index);
    if (known[index] >= FEWEST_OCCURRENCES) heap.push(index);
  };

  let learned = 0;
  for (let index = 0; index < occurrences.size; index++) put(index);
  while (learned < limit) {
    const best = heap.pop();
    if (best === undefined) return;
    if (known[best] !== occurrences.count(best)) {
      put(best);
      continue;
    }
    const pair = occurrences.pair(best);
    const spelling = Uint8Array.of(...tokens.word(pair.left), ...tokens.word(pair.right));
    const token = tokens.size;
    if (tokens.add(spelling, 0, spelling.length) !== token) continue;
    const older = occurrences.size;
    occurrences.merge(best, token);
    for (let index = older; index < occurrences.size; index++) put(index);
    learned++;
    yield pair;
  }
}

import assert from "node:assert/strict";
import { Permutation } from "../../src/data/permutation.ts";

const order = (count: number, index = 0, seed = 1) => {
  const permutation = new Permutation(count, { seed, stream: 2, index });
  return Array.from({ length: count }, (_, place) => permutation.at(place));
};

Deno.test("a permutation has every number once, whatever the count", () => {
  for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 64, 100, 1000, 4097]) {
    const sorted = order(count).sort((a, b) => a - b);
    assert.deepEqual(sorted, Array.from({ length: count }, (_, number) => number));
  }
});

Deno.test("a permutation is the same for a seed and an index, and another for others", () => {
  assert.deepEqual(order(50), order(50));
  assert.notDeepEqual(order(50), order(50, 1));
  assert.notDeepEqual(order(50), order(50, 0, 2));
  // So that runs of this version can be gone on with in later ones.
  assert.deepEqual(order(10), [0, 9, 4, 2, 6, 1, 3, 8, 5, 7]);
});

Deno.test("a permutation looks random: each number is as likely in each place, as is each neighbor", () => {
  const [count, draws] = [6, 6000];
  const places = Array.from({ length: count }, () => new Array(count).fill(0));
  const steps = new Array(count).fill(0);
  for (let index = 0; index < draws; index++) {
    const numbers = order(count, index);
    numbers.forEach((number, place) => places[place][number]++);
    numbers.slice(1).forEach((number, at) => steps[(number - numbers[at] + count) % count]++);
  }
  // χ² with 25 and 4 degrees of freedom: 1 in 10,000 exceeds these.
  assert(chiSquare(places.flat()) < 60);
  assert(chiSquare(steps.slice(1)) < 24);
});

Deno.test("a permutation of more numbers than 32 bits count stays within them", () => {
  const count = 2 ** 40 + 3;
  const permutation = new Permutation(count, { seed: 0, stream: 0, index: 0 });
  const numbers = Array.from({ length: 2000 }, (_, place) => permutation.at(place));
  assert.equal(new Set(numbers).size, numbers.length);
  assert(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < count));
  const high = numbers.filter((number) => number > count / 2).length;
  assert(high > 900 && high < 1100, `${high} of 2000 numbers are in the upper half`);
});

function chiSquare(observed: readonly number[]): number {
  const expected = observed.reduce((sum, count) => sum + count, 0) / observed.length;
  return observed.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

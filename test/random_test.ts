import assert from "node:assert/strict";
import { philox, Random } from "../src/random.ts";

Deno.test("philox gives known answers: Random123's, and one with every word of the counter", () => {
  const block = new Uint32Array(4);
  philox(block, 0, 0, 0);
  assert.deepEqual(block, Uint32Array.of(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  philox(block, 2 ** 32 + 5, 0xfffffffe, 2 ** 53 - 1);
  assert.deepEqual(block, Uint32Array.of(0x1e9134f5, 0x4ec82724, 0x82bbab94, 0xd8277782));
});

Deno.test("Random keeps drawing the same numbers for a seed, in every version", () => {
  const random = new Random(42, 7);
  assert.deepEqual(Array.from({ length: 6 }, () => random.word()), [
    1743679276,
    3847491788,
    1820248629,
    1433639123,
    3856525632,
    1611620758,
  ]);
  assert.deepEqual([random.uniform(), random.integer(1000), random.normal()], [
    0.5617366398219019,
    969,
    0.515678535359934,
  ]);
});

Deno.test("Random goes on from its state, wherever it stands in a block", () => {
  const random = new Random(2 ** 53 - 1, 2 ** 32 - 1);
  for (let drawn = 0; drawn < 20; drawn++) {
    const state = JSON.parse(JSON.stringify(random.state()));
    assert.equal(state.position, drawn);
    const word = random.word();
    assert.equal(Random.fromState(state).word(), word);
  }
});

Deno.test("Random's seeds and streams differ, above 32 bits too", () => {
  const first = (seed: number, stream?: number) => new Random(seed, stream).word();
  const words = [first(0), first(1), first(2 ** 32), first(0, 1), first(0, 2), first(1, 1)];
  assert.equal(new Set(words).size, words.length);
  const far = (position: number) => Random.fromState({ seed: 0, stream: 0, position }).word();
  assert.notEqual(far(0), far(4 * 2 ** 32));
});

Deno.test("Random's words are balanced bit by bit", () => {
  const random = new Random(3);
  const ones = new Array(32).fill(0);
  const draws = 20_000;
  for (let draw = 0; draw < draws; draw++) {
    const word = random.word();
    for (let bit = 0; bit < 32; bit++) ones[bit] += (word >>> bit) & 1;
  }
  // Five standard deviations of a fair coin.
  for (const count of ones) assert.ok(Math.abs(count - draws / 2) < 2.5 * Math.sqrt(draws));
});

Deno.test("uniform and normal have the moments of their distributions", () => {
  const random = new Random(4);
  const draws = 50_000;
  const moments = (next: () => number) => {
    const values = Float64Array.from({ length: draws }, next);
    const mean = values.reduce((sum, value) => sum + value, 0) / draws;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws;
    return { mean, variance, smallest: values.reduce((a, b) => Math.min(a, b)) };
  };
  const uniform = moments(() => random.uniform());
  assert.ok(Math.abs(uniform.mean - 0.5) < 0.005);
  assert.ok(Math.abs(uniform.variance - 1 / 12) < 0.002);
  assert.ok(uniform.smallest >= 0);
  const normal = moments(() => random.normal(3, 2));
  assert.ok(Math.abs(normal.mean - 3) < 0.04);
  assert.ok(Math.abs(normal.variance - 4) < 0.12);
  assert.ok(normal.smallest < 3 - 2 * 3); // the tail is there
});

Deno.test("integer reaches every value about equally often, and no other", () => {
  const random = new Random(5);
  const counts = new Array(7).fill(0);
  for (let draw = 0; draw < 70_000; draw++) counts[random.integer(7)]++;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, String(counts));
  assert.equal(counts.length, 7);
  assert.equal(random.integer(1), 0);
  assert.ok(random.integer(2 ** 32) < 2 ** 32);
});

Deno.test("integer has no limit but that of exact numbers", () => {
  const random = new Random(6);
  for (const count of [2 ** 32 + 1, 1e10, 2 ** 52 + 1, 2 ** 53 - 1]) {
    const thirds = [0, 0, 0];
    let odd = 0;
    for (let draw = 0; draw < 9000; draw++) {
      const number = random.integer(count);
      assert.ok(Number.isSafeInteger(number) && number >= 0 && number < count);
      thirds[Math.floor(3 * (number / count))]++;
      odd += number % 2;
    }
    for (const drawn of [...thirds, odd * 2 / 3]) {
      assert.ok(Math.abs(drawn - 3000) < 250, `${count}: ${thirds}, ${odd} odd`);
    }
  }
});

Deno.test("Random refuses impossible arguments", () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 53]) assert.throws(() => new Random(seed), RangeError);
  for (const stream of [-1, 0.5, 2 ** 32]) assert.throws(() => new Random(0, stream), RangeError);
  for (const count of [0, -1, 1.5, 2 ** 53]) {
    assert.throws(() => new Random(0).integer(count), RangeError);
  }
  assert.throws(() => Random.fromState({ seed: 0, stream: 0, position: -1 }), RangeError);
});

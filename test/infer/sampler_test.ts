import assert from "node:assert/strict";
import { Random } from "../../src/random.ts";
import { sampleToken, type SamplingOptions } from "../../src/infer/sampler.ts";
import { assertClose } from "../assert_close.ts";

const logits = Float32Array.from([1, 3, 2, -1]);

function frequencies(options: SamplingOptions, seen: number[] = []): number[] {
  const random = new Random(7);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 20000; i++) counts[sampleToken(logits, random, options, seen)]++;
  return counts.map((count) => count / 20000);
}

function softmax(scores: number[]): number[] {
  const weights = scores.map(Math.exp);
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

Deno.test("temperature 0 takes the likeliest token, the first of equals", () => {
  assert.equal(sampleToken(logits, new Random(0), { temperature: 0 }), 1);
  assert.equal(sampleToken(Float32Array.from([2, 5, 5]), new Random(0), { temperature: 0 }), 1);
});

Deno.test("frequencies follow the softmax at any temperature", () => {
  assertClose(frequencies({}), softmax([1, 3, 2, -1]), { atol: 0.015 });
  assertClose(frequencies({ temperature: 2 }), softmax([0.5, 1.5, 1, -0.5]), { atol: 0.015 });
});

Deno.test("top-k and top-p keep only the likeliest", () => {
  const [, second, third] = softmax([-Infinity, 3, 2, -Infinity]);
  assertClose(frequencies({ topK: 2 }), [0, second, third, 0], { atol: 0.015 });
  // 0.66 alone does not reach 0.7; with the second token it does.
  assertClose(frequencies({ topP: 0.7 }), [0, second, third, 0], { atol: 0.015 });
  assert.deepEqual(frequencies({ topP: 1e-9 }), [0, 1, 0, 0]);
});

Deno.test("the repetition penalty makes seen tokens less likely, whatever their sign", () => {
  assertClose(
    frequencies({ repetitionPenalty: 2 }, [1, 3, 3]),
    softmax([1, 1.5, 2, -2]),
    { atol: 0.015 },
  );
});

Deno.test("one seed, one text", () => {
  const draw = () => {
    const random = new Random(3);
    return Array.from({ length: 20 }, () => sampleToken(logits, random));
  };
  assert.deepEqual(draw(), draw());
});

Deno.test("options out of range are refused", () => {
  for (
    const options of [{ temperature: -1 }, { topK: -1 }, { topK: 1.5 }, { topP: 0 }, { topP: 2 }, {
      repetitionPenalty: 0,
    }]
  ) assert.throws(() => sampleToken(logits, new Random(0), options), RangeError);
});

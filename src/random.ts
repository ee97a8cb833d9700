/**
 * Random numbers whose whole state is three integers, so that a checkpoint can keep it.
 *
 * @module
 */

/** Where a {@linkcode Random} stands; plain data for a checkpoint. */
export interface RandomState {
  /** The seed it started from. */
  readonly seed: number;
  /** Which of the seed's independent sequences it draws. */
  readonly stream: number;
  /** How many 32-bit words it has drawn. */
  readonly position: number;
}

/**
 * The counter-based generator Philox4x32-10: word `i` is a function of seed, stream and `i` alone.
 *
 * Streams of one seed are independent, so that initialization, batches and sampling do not disturb
 * each other's numbers.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Random } from "./random.ts";
 *
 * const random = new Random(42);
 * random.integer(6);
 * const again = Random.fromState(random.state());
 * assert.equal(again.uniform(), random.uniform());
 * ```
 */
export class Random {
  readonly #seed: number;
  readonly #stream: number;
  #position: number;
  readonly #block = new Uint32Array(4);
  #blockIndex = -1;

  /**
   * A generator at the start of one of the seed's streams.
   *
   * @param seed Integer from 0 to 2⁵³ − 1.
   * @param stream Integer from 0 to 2³² − 1.
   * @throws {RangeError} If either is not such an integer.
   */
  constructor(seed: number, stream = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`seed must be an integer from 0 to 2^53 - 1, it is ${seed}`);
    }
    if (!Number.isInteger(stream) || stream < 0 || stream >= 2 ** 32) {
      throw new RangeError(`stream must be an integer from 0 to 2^32 - 1, it is ${stream}`);
    }
    this.#seed = seed;
    this.#stream = stream;
    this.#position = 0;
  }

  /**
   * A generator that goes on exactly where another stood.
   *
   * @param state What {@linkcode Random.state} gave.
   * @throws {RangeError} If it is not such a state.
   */
  static fromState(state: RandomState): Random {
    const random = new Random(state.seed, state.stream);
    if (!Number.isSafeInteger(state.position) || state.position < 0) {
      throw new RangeError(`position must be a non-negative integer, it is ${state.position}`);
    }
    random.#position = state.position;
    return random;
  }

  /** Where the generator stands now, as plain data. */
  state(): RandomState {
    return { seed: this.#seed, stream: this.#stream, position: this.#position };
  }

  /** The next 32 random bits, as an integer from 0 to 2³² − 1. */
  word(): number {
    const blockIndex = Math.floor(this.#position / 4);
    if (blockIndex !== this.#blockIndex) {
      philox(this.#block, blockIndex, this.#stream, this.#seed);
      this.#blockIndex = blockIndex;
    }
    return this.#block[this.#position++ % 4];
  }

  /** A number from the uniform distribution on [0, 1), a multiple of 2⁻³². */
  uniform(): number {
    return this.word() / 2 ** 32;
  }

  /**
   * An integer from 0 to `count` − 1, each exactly as likely.
   *
   * @param count How many integers to choose from, 1 to 2⁵³ − 1; more than 2³² take two words.
   * @throws {RangeError} If `count` is not such an integer.
   */
  integer(count: number): number {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`count must be an integer from 1 to 2^53 - 1, it is ${count}`);
    }
    const isLarge = count > 2 ** 32;
    const drawn = () => isLarge ? (this.word() >>> 11) * 2 ** 32 + this.word() : this.word();
    // Numbers past the last multiple of count would make the small remainders likelier.
    const end = isLarge ? 2 ** 53 : 2 ** 32;
    const limit = end - end % count;
    let number = drawn();
    while (number >= limit) number = drawn();
    return number % count;
  }

  /**
   * A number from the normal distribution: mean + deviation · √(−2 ln u) · cos 2πv.
   *
   * Box and Muller's second number is not kept, so that the position stays the whole state.
   *
   * @param mean Mean of the distribution.
   * @param deviation Its standard deviation.
   */
  normal(mean = 0, deviation = 1): number {
    const u = 1 - this.uniform(); // in (0, 1]: the logarithm stays finite
    return mean + deviation * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/**
 * Ten rounds of Philox4x32 over the counter (block, stream, 0) with the seed as key.
 *
 * @param out Receives the four words.
 * @param blockIndex Which block, an integer below 2⁵³.
 * @param stream Third word of the counter.
 * @param seed Key, an integer below 2⁵³.
 */
export function philox(out: Uint32Array, blockIndex: number, stream: number, seed: number): void {
  let [x0, x1, x2, x3] = [blockIndex >>> 0, Math.floor(blockIndex / 2 ** 32), stream >>> 0, 0];
  let [key0, key1] = [seed >>> 0, Math.floor(seed / 2 ** 32)];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, x0);
    const low0 = Math.imul(0xd2511f53, x0);
    const high1 = multiplyHigh(0xcd9e8d57, x2);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = high1 ^ x1 ^ key0;
    x1 = low1;
    x2 = high0 ^ x3 ^ key1;
    x3 = low0;
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** The upper 32 bits of the 64-bit product of two unsigned words, from 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle0 = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle1 = aLow * bHigh + (middle0 & 0xffff);
  return aHigh * bHigh + (middle0 >>> 16) + (middle1 >>> 16);
}

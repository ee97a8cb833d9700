/**
 * The median magnitude of numbers that come in pieces.
 *
 * @module
 */

/**
 * Finds the lower of the middle magnitudes exactly, in two passes over the numbers: magnitudes are ordered like their
 * bits, so the first counts them by the upper half of these, and the second by the lower half those that remain.
 */
export class MedianSearch {
  readonly #counts = new Uint32Array(1 << 16);
  #total = 0;
  /** How many of those that remain are smaller than the median. */
  #rank = 0;
  /** The upper half of the median; undefined in the first pass. */
  #upper: number | undefined;

  /** Goes on with a piece. */
  add(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const counts = this.#counts;
    if (this.#upper === undefined) {
      for (let i = 0; i < bits.length; i++) counts[(bits[i] & MAGNITUDE) >>> 16]++;
      this.#total += bits.length;
      return;
    }
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i] & MAGNITUDE;
      if (magnitude >>> 16 === this.#upper) counts[magnitude & 0xffff]++;
    }
  }

  /** Ends the first pass; every piece has to be added once more. */
  narrow(): void {
    this.#rank = Math.floor((this.#total - 1) / 2);
    this.#upper = this.#take();
    this.#counts.fill(0);
  }

  /** The median, after the second pass. */
  result(): number {
    const bits = Uint32Array.of((this.#upper ?? 0) * 0x10000 + this.#take());
    return new Float32Array(bits.buffer)[0];
  }

  /** The half that the median has; afterwards its rank is that among those which share it. */
  #take(): number {
    let half = 0;
    while (this.#rank >= this.#counts[half]) this.#rank -= this.#counts[half++];
    return half;
  }
}

const MAGNITUDE = 0x7fffffff;

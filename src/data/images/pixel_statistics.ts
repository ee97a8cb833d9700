/**
 * Mean and standard deviation of each channel, which images are normalized by.
 *
 * @module
 */

/** Counts how often each of the 256 values occurs in each channel: exact, and in any order. */
export class PixelStatistics {
  readonly #counts: Float64Array;
  readonly #channels: number;

  /** @param channels Values of a pixel. */
  constructor(channels: number) {
    this.#channels = channels;
    this.#counts = new Float64Array(256 * channels);
  }

  /**
   * Counts pixels.
   *
   * @param pixels Whole pixels, the channels of each together.
   */
  add(pixels: Uint8Array): void {
    const channels = this.#channels;
    for (let channel = 0; channel < channels; channel++) {
      const counts = this.#counts.subarray(256 * channel, 256 * (channel + 1));
      for (let at = channel; at < pixels.length; at += channels) counts[pixels[at]]++;
    }
  }

  /** Per channel the mean; white is 1. */
  get mean(): number[] {
    return this.#moments().map(({ mean }) => mean / 255);
  }

  /** Per channel the standard deviation; at least one gray level, so that it can be divided by. */
  get std(): number[] {
    return this.#moments().map(({ variance }) => Math.max(1, Math.sqrt(variance)) / 255);
  }

  #moments(): { mean: number; variance: number }[] {
    return Array.from({ length: this.#channels }, (_, channel) => {
      const counts = this.#counts.subarray(256 * channel, 256 * (channel + 1));
      const total = Math.max(1, counts.reduce((sum, count) => sum + count, 0));
      const mean = counts.reduce((sum, count, value) => sum + count * value, 0) / total;
      const squares = counts.reduce((sum, count, value) => sum + count * (value - mean) ** 2, 0);
      return { mean, variance: squares / total };
    });
  }
}

/**
 * Ternary weights as GGUF files hold them: the block formats TQ1_0 and TQ2_0 of ggml.
 *
 * A block is 256 weights along a row with one float16 scale d = max|w|, its last two bytes: a weight is (t − 1)·d with
 * t = round(w / d) + 1 in {0, 1, 2}, halves rounded away from zero.
 *
 * @module
 */

/** Weights that share a scale; a row is a whole number of these. */
export const GGML_BLOCK = 256;

/** A block format. */
export type GgmlTernary = "tq1_0" | "tq2_0";

/** Where the t of a block lie: byte m holds those of the weights start + m, start + m + bytes, and so on, `trits` in all. */
interface Segment {
  readonly start: number;
  readonly bytes: number;
  readonly trits: number;
}

const SEGMENTS: Readonly<Record<GgmlTernary, readonly Segment[]>> = {
  tq1_0: [
    { start: 0, bytes: 32, trits: 5 },
    { start: 160, bytes: 16, trits: 5 },
    { start: 240, bytes: 4, trits: 4 },
  ],
  tq2_0: [
    { start: 0, bytes: 32, trits: 4 },
    { start: 128, bytes: 32, trits: 4 },
  ],
};

/** Bytes of a block: 54 or 66. */
export function ggmlBlockBytes(type: GgmlTernary): number {
  return SEGMENTS[type].reduce((sum, { bytes }) => sum + bytes, 2);
}

/** The byte of five t, Σ t·3^(4−i) as a fraction of 243; a missing fifth is 0. */
function packBase3(trits: readonly number[]): number {
  const value = trits.reduce((sum, t, i) => sum + t * 3 ** (4 - i), 0);
  return Math.ceil(256 * value / 243);
}

/** The i-th t of such a byte: the whole part that is left over after i digits. */
function unpackBase3(byte: number, i: number): number {
  return ((byte * 3 ** i & 255) * 3) >> 8;
}

/** Rounds halves away from zero, as C does. */
function roundAway(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

/**
 * Packs weights into blocks.
 *
 * @param weights (rows · columns), columns a multiple of 256: quantized ones, or any, which are made ternary.
 * @returns (rows · columns / 256 · 54 or 66) bytes.
 * @throws {RangeError} If the weights are no whole number of blocks.
 * @see ggml-quants.c, quantize_row_tq1_0_ref and quantize_row_tq2_0_ref
 */
export function packGgml(weights: Float32Array, type: GgmlTernary): Uint8Array {
  if (weights.length % GGML_BLOCK !== 0) {
    throw new RangeError(
      `Cannot pack ${weights.length} weights as ${type}: rows must be a multiple of ${GGML_BLOCK}`,
    );
  }
  const stride = ggmlBlockBytes(type);
  const bytes = new Uint8Array(weights.length / GGML_BLOCK * stride);
  for (let block = 0; block * GGML_BLOCK < weights.length; block++) {
    const w = weights.subarray(block * GGML_BLOCK, (block + 1) * GGML_BLOCK);
    const d = w.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    const inverse = d === 0 ? 0 : Math.fround(1 / d);
    const t = Array.from(w, (value) => roundAway(Math.fround(value * inverse)) + 1);
    let at = block * stride;
    for (const { start, bytes: count, trits } of SEGMENTS[type]) {
      for (let m = 0; m < count; m++) {
        const own = Array.from({ length: trits }, (_, i) => t[start + m + i * count]);
        bytes[at++] = type === "tq1_0"
          ? packBase3(own)
          : own.reduce((sum, value, i) => sum | value << (2 * i), 0);
      }
    }
    bytes.set(new Uint8Array(Float16Array.of(d).buffer), at);
  }
  return bytes;
}

/**
 * Unpacks blocks.
 *
 * @returns The weights, each (t − 1)·d.
 */
export function unpackGgml(bytes: Uint8Array, type: GgmlTernary): Float32Array {
  const stride = ggmlBlockBytes(type);
  const weights = new Float32Array(bytes.length / stride * GGML_BLOCK);
  for (let block = 0; block * stride < bytes.length; block++) {
    const own = bytes.slice(block * stride, (block + 1) * stride);
    const [d] = new Float16Array(own.buffer, stride - 2, 1);
    let at = 0;
    for (const { start, bytes: count, trits } of SEGMENTS[type]) {
      for (let m = 0; m < count; m++) {
        const byte = own[at++];
        for (let i = 0; i < trits; i++) {
          const t = type === "tq1_0" ? unpackBase3(byte, i) : byte >> (2 * i) & 3;
          weights[block * GGML_BLOCK + start + m + i * count] = (t - 1) * d;
        }
      }
    }
  }
  return weights;
}

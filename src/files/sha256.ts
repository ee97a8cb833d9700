/**
 * SHA-256 checksums in the form files and their publishers state them.
 *
 * @module
 */

/**
 * The SHA-256 of some bytes, or of a string as UTF-8.
 *
 * @param data What to hash.
 * @returns 64 lower-case hexadecimal digits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sha256Hex } from "./sha256.ts";
 *
 * assert.match(await sha256Hex("abc"), /^ba7816bf/);
 * ```
 */
export async function sha256Hex(data: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** A SHA-256 of bytes that come in parts. */
export interface GrowingSha256 {
  /** Goes on with a part; returns itself. */
  update(bytes: Uint8Array): GrowingSha256;
  /** The checksum of all parts, 64 lower-case hexadecimal digits; asked for once. */
  hex(): string;
}

const BLOCK_BYTES = 64;

/** The first 32 bits of the fractional parts of a root of the first primes. */
function primeRoots(count: number, root: (x: number) => number): Int32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return Int32Array.from(primes, (prime) => Math.floor(root(prime) % 1 * 2 ** 32));
}

/** The constants of the rounds. */
const ROUNDS = /* @__PURE__ */ primeRoots(64, Math.cbrt);
const INITIAL = /* @__PURE__ */ primeRoots(8, Math.sqrt);

/**
 * SHA-256 that needs nothing of where it runs. Where the host has one of its own, `host/hash.ts` is several times
 * faster.
 *
 * @see FIPS 180-4, section 6.2
 */
export class Sha256 implements GrowingSha256 {
  readonly #state = INITIAL.slice();
  readonly #schedule = new Int32Array(64);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #bytes = 0;

  /** Goes on with a part; returns itself. */
  update(bytes: Uint8Array): this {
    let at = 0;
    const pending = this.#bytes % BLOCK_BYTES;
    this.#bytes += bytes.length;
    if (pending > 0) {
      at = Math.min(bytes.length, BLOCK_BYTES - pending);
      this.#block.set(bytes.subarray(0, at), pending);
      if (pending + at < BLOCK_BYTES) return this;
      this.#mix(viewOf(this.#block), 0);
    }
    const view = viewOf(bytes);
    for (; at + BLOCK_BYTES <= bytes.length; at += BLOCK_BYTES) this.#mix(view, at);
    this.#block.set(bytes.subarray(at));
    return this;
  }

  /** The checksum of all parts, 64 lower-case hexadecimal digits; asked for once. */
  hex(): string {
    const bits = BigInt(this.#bytes) * 8n;
    // A one, zeros up to the last 8 bytes of a block, and the length in bits.
    const zeros = (2 * BLOCK_BYTES - 9 - this.#bytes % BLOCK_BYTES) % BLOCK_BYTES;
    const end = new Uint8Array(9 + zeros);
    end[0] = 0x80;
    viewOf(end).setBigUint64(1 + zeros, bits);
    this.update(end);
    const digest = new Uint8Array(32);
    this.#state.forEach((word, i) => viewOf(digest).setInt32(4 * i, word));
    return digest.toHex();
  }

  #mix(view: DataView, at: number): void {
    const [state, w] = [this.#state, this.#schedule];
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [early, late] = [w[i - 15], w[i - 2]];
      const s0 = (early >>> 7 | early << 25) ^ (early >>> 18 | early << 14) ^ early >>> 3;
      const s1 = (late >>> 17 | late << 15) ^ (late >>> 19 | late << 13) ^ late >>> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
      const first = h + s1 + (e & f ^ ~e & g) + ROUNDS[i] + w[i] | 0;
      const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
      const second = s0 + (a & b ^ a & c ^ b & c) | 0;
      h = g;
      g = f;
      f = e;
      e = d + first | 0;
      d = c;
      c = b;
      b = a;
      a = first + second | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

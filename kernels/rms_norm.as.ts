// RMS norm of every row, and quantization of it. The twin of rms_norm.wgsl. One unit per row: the first pass puts
// w h into this thread's scratch, which stays in the cache, the second scales, rounds and packs it from there.
// 0 x   1 w   2 y   3 steps   4 r   5 D   6 EPS   7 BITS   8 GLU   9 NORM
import {
  integer,
  lanesBelow,
  madd,
  maxLanes,
  pointer,
  privateScratch,
  real,
  sigmoid4,
  storePart,
  sumLanes,
} from "./simd.as";

const MIN_PEAK: f32 = 1e-5;

/** act(gate) · up of four lanes: silu (glu 1) or relu². */
// @inline
function gated(gate: v128, up: v128, glu: i32): v128 {
  if (glu == 1) return f32x4.mul(f32x4.mul(gate, sigmoid4(gate)), up);
  const positive = f32x4.pmax(gate, f32x4.splat(0));
  return f32x4.mul(f32x4.mul(positive, positive), up);
}

/** Adding it rounds half to even and leaves the integer in the low bits: 1.5·2^23. */
const ROUNDER: f32 = 12582912;

export function rmsNorm(args: usize, begin: i32, end: i32, scratch: usize): void {
  const D = integer(args, 5);
  const bits = integer(args, 7);
  const glu = integer(args, 8);
  const norm = integer(args, 9) != 0;
  const rowBytes = <usize> D << 2;
  const inputBytes = glu != 0 ? rowBytes << 1 : rowBytes;
  const words = (D + 3) >> 2;
  const buffer = privateScratch(scratch, 0, (rowBytes + 64) & ~63);
  const w = pointer(args, 1);
  const lastLanes = lanesBelow(D - 4 * (words - 1));
  const all = i32x4.splat(-1);
  const q = <f32> ((1 << (bits - 1)) - 1);
  const rounder = f32x4.splat(ROUNDER);

  for (let row = begin; row < end; row++) {
    const x = pointer(args, 0) + <usize> row * inputBytes;
    let squares0 = f32x4.splat(0);
    let squares1 = squares0;
    let peaks0 = squares0;
    let peaks1 = squares0;
    for (let word = 0; word < words; word++) {
      const offset = <usize> word << 4;
      let h = v128.load(x + offset);
      if (glu != 0) h = gated(h, v128.load(x + rowBytes + offset), glu);
      if (word == words - 1) h = v128.and(h, lastLanes);
      let value = h;
      if (norm) {
        value = f32x4.mul(h, v128.load(w + offset));
        if (word == words - 1) value = v128.and(value, lastLanes);
      }
      v128.store(buffer + offset, value);
      // Two chains, so that the sums do not wait for each other.
      if ((word & 1) == 0) {
        squares0 = madd(h, h, squares0);
        peaks0 = f32x4.max(peaks0, f32x4.abs(value));
      } else {
        squares1 = madd(h, h, squares1);
        peaks1 = f32x4.max(peaks1, f32x4.abs(value));
      }
    }
    let factor: f32 = 1;
    if (norm) {
      const mean = sumLanes(f32x4.add(squares0, squares1)) / <f32> D;
      factor = 1 / sqrt<f32>(mean + real(args, 6));
      store<f32>(pointer(args, 4) + (<usize> row << 2), factor);
    }
    const factors = f32x4.splat(factor);

    if (bits == 32) {
      const y = pointer(args, 2) + <usize> row * rowBytes;
      for (let word = 0; word < D >> 2; word++) {
        const offset = <usize> word << 4;
        v128.store(y + offset, f32x4.mul(v128.load(buffer + offset), factors));
      }
      if ((D & 3) != 0) {
        const offset = <usize> (words - 1) << 4;
        storePart(y + offset, f32x4.mul(v128.load(buffer + offset), factors), D & 3);
      }
      continue;
    }

    const peak = maxLanes(f32x4.max(peaks0, peaks1)) * factor;
    // Not max(): a NaN must get through.
    const bound = peak < MIN_PEAK ? MIN_PEAK : peak;
    store<f32>(pointer(args, 3) + (<usize> row << 2), bound / q);
    const scales = f32x4.splat(q / bound);
    // Nothing is larger than the peak, so no code needs clamping.
    const codes = pointer(args, 2) + <usize> row * (<usize> words << 2);
    let word = 0;
    for (; word + 4 <= words; word += 4) {
      const from = buffer + (<usize> word << 4);
      const a = rounded(v128.load(from), factors, scales, rounder);
      const b = rounded(v128.load(from, 16), factors, scales, rounder);
      const c = rounded(v128.load(from, 32), factors, scales, rounder);
      const d = rounded(v128.load(from, 48), factors, scales, rounder);
      v128.store(
        codes + (<usize> word << 2),
        i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)),
      );
    }
    for (; word < words; word++) {
      const a = rounded(v128.load(buffer + (<usize> word << 4)), factors, scales, rounder);
      const half = i16x8.narrow_i32x4_s(a, all);
      store<i32>(
        codes + (<usize> word << 2),
        i32x4.extract_lane(i8x16.narrow_i16x8_s(half, half), 0),
      );
    }
  }
}

// @inline
function rounded(value: v128, factors: v128, scales: v128, rounder: v128): v128 {
  const shifted = f32x4.add(f32x4.mul(f32x4.mul(value, factors), scales), rounder);
  return i32x4.sub(shifted, rounder);
}

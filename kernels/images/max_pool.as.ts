// Largest value of every window, zero if it is negative. The twin of max_pool.wgsl. One unit per row of windows. Its rows
// of pixels are looked at for NaN in advance: comparisons need not care then, and memory is read in order. A pixel of
// zeros stands for those beyond the image: it is never larger.
import { MaxPoolArguments } from "./arguments.as";
import { privateScratch, storePart, where } from "../shared/simd.as";
import { windowPixels } from "./parts/window_pixels.as";

export function maxPool(args: MaxPoolArguments, begin: i32, end: i32, scratch: usize): void {
  const C = args.C;
  const H = args.H;
  const W = args.W;
  const outH = args.OUT_H;
  const outW = args.OUT_W;
  const kernel = args.KERNEL;
  const stride = args.STRIDE;
  const padding = args.PADDING;
  const pixelBytes = <usize> C << 2;
  const rowBytes = <usize> W * pixelBytes;
  const fullBytes = <usize> (C & -4) << 2;
  const tableBytes = <usize> (kernel * kernel) << 2;
  const table = privateScratch(scratch, 0, tableBytes + pixelBytes);
  const zeros = table + tableBytes;
  memory.fill(zeros, 0, pixelBytes);
  // Rows of the image below `seen` have been looked at; those from `clean` on hold no NaN.
  let seen = 0;
  let clean = 0;
  let y = args.y + <usize> (begin * outW) * pixelBytes;
  let choice = args.choice + <usize> (begin * outW) * pixelBytes;
  for (let unit = begin; unit < end; unit++) {
    const down = unit % outH;
    const top = down * stride - padding;
    const image = args.x + <usize> (unit / outH * H) * rowBytes;
    if (down == 0 || unit == begin) {
      seen = 0;
      clean = 0;
    }
    for (seen = max(seen, top); seen < min(top + kernel, H); seen++) {
      if (mayHaveNaN(image + <usize> seen * rowBytes, rowBytes)) clean = seen + 1;
    }
    const quick = kernel == 3 && clean <= top;
    for (let left = -padding; left < outW * stride - padding; left += stride) {
      windowPixels(table, top, left, kernel, image, 0, H, W, pixelBytes, zeros);
      let offset: usize = 0;
      if (quick) {
        largestOfNine(table, y, choice, fullBytes);
        offset = fullBytes;
      }
      for (; offset < pixelBytes; offset += 16) {
        largest(table, zeros, offset, y, choice, C - <i32> (offset >> 2));
      }
      y += pixelBytes;
      choice += pixelBytes;
    }
  }
}

/** Whether the sum of floats is NaN: it is if one of them is. */
function mayHaveNaN(from: usize, bytes: usize): bool {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  const end = from + bytes;
  const wide = from + (bytes & -64);
  for (; from < wide; from += 64) {
    sum0 = f32x4.add(sum0, v128.load(from));
    sum1 = f32x4.add(sum1, v128.load(from, 16));
    sum2 = f32x4.add(sum2, v128.load(from, 32));
    sum3 = f32x4.add(sum3, v128.load(from, 48));
  }
  for (; from < end; from += 4) sum0 = f32x4.add(sum0, v128.load32_zero(from));
  const sum = f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3));
  return v128.any_true(f32x4.ne(sum, sum));
}

/** The largest of the pixels at the addresses from `table` to `end`, in four channels or as many as are left. */
function largest(
  table: usize,
  end: usize,
  offset: usize,
  y: usize,
  choice: usize,
  left: i32,
): void {
  let best = f32x4.splat(0);
  let chosen = i32x4.splat(-1);
  let place = i32x4.splat(0);
  for (; table < end; table += 4) {
    const value = v128.load(<usize> load<u32>(table) + offset);
    // A NaN, which is not even equal to itself, gets through and stays.
    const larger = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
    best = where(larger, value, best);
    chosen = where(larger, place, chosen);
    place = i32x4.add(place, i32x4.splat(1));
  }
  if (left >= 4) {
    v128.store(y + offset, best);
    v128.store(choice + offset, chosen);
  } else {
    storePart(y + offset, best, left);
    storePart(choice + offset, chosen, left);
  }
}

/** The same of nine pixels without a NaN, in whole groups of four channels: the largest, then how many are before it. */
function largestOfNine(table: usize, y: usize, choice: usize, bytes: usize): void {
  const p0 = <usize> load<u32>(table);
  const p1 = <usize> load<u32>(table, 4);
  const p2 = <usize> load<u32>(table, 8);
  const p3 = <usize> load<u32>(table, 12);
  const p4 = <usize> load<u32>(table, 16);
  const p5 = <usize> load<u32>(table, 20);
  const p6 = <usize> load<u32>(table, 24);
  const p7 = <usize> load<u32>(table, 28);
  const p8 = <usize> load<u32>(table, 32);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const v0 = v128.load(p0 + offset);
    const v1 = v128.load(p1 + offset);
    const v2 = v128.load(p2 + offset);
    const v3 = v128.load(p3 + offset);
    const v4 = v128.load(p4 + offset);
    const v5 = v128.load(p5 + offset);
    const v6 = v128.load(p6 + offset);
    const v7 = v128.load(p7 + offset);
    const v8 = v128.load(p8 + offset);
    const zero = f32x4.splat(0);
    let best = f32x4.pmax(f32x4.pmax(v0, v1), f32x4.pmax(v2, v3));
    best = f32x4.pmax(best, f32x4.pmax(f32x4.pmax(v4, v5), f32x4.pmax(v6, v7)));
    best = f32x4.pmax(zero, f32x4.pmax(best, v8));
    v128.store(y + offset, best);
    // All ones as long as none was the largest: minus one, from which the place is counted.
    let before = f32x4.ne(v0, best);
    let place = before;
    before = v128.and(before, f32x4.ne(v1, best));
    place = i32x4.add(place, before);
    before = v128.and(before, f32x4.ne(v2, best));
    place = i32x4.add(place, before);
    before = v128.and(before, f32x4.ne(v3, best));
    place = i32x4.add(place, before);
    before = v128.and(before, f32x4.ne(v4, best));
    place = i32x4.add(place, before);
    before = v128.and(before, f32x4.ne(v5, best));
    place = i32x4.add(place, before);
    before = v128.and(before, f32x4.ne(v6, best));
    place = i32x4.add(place, before);
    before = v128.and(before, f32x4.ne(v7, best));
    place = i32x4.add(place, before);
    v128.store(choice + offset, v128.or(i32x4.neg(place), f32x4.eq(best, zero)));
  }
}

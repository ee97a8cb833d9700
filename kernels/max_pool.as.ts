// Largest value of every window, zero if it is negative. The twin of max_pool.wgsl. One unit per window: eight channels
// at a time, four and four, because each comparison waits for the one before it.
// 0 x   1 y   2 choice   3 C   4 H   5 W   6 OUT_H   7 OUT_W   8 KERNEL   9 STRIDE   10 PADDING
import { integer, pointer, storePart } from "./simd.as";

export function maxPool(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const C = integer(args, 3);
  const H = integer(args, 4);
  const W = integer(args, 5);
  const outH = integer(args, 6);
  const outW = integer(args, 7);
  const kernel = integer(args, 8);
  const stride = integer(args, 9);
  const padding = integer(args, 10);
  const pixelBytes = <usize> C << 2;
  const rowBytes = <usize> W * pixelBytes;
  const one = i32x4.splat(1);
  for (let unit = begin; unit < end; unit++) {
    const top = unit / outW % outH * stride - padding;
    const left = unit % outW * stride - padding;
    const firstRow = max(top, 0);
    const endRow = min(top + kernel, H);
    const firstCol = max(left, 0);
    const endCol = min(left + kernel, W);
    const image = pointer(args, 0) + <usize> (unit / (outH * outW) * H * W) * pixelBytes;
    const y = pointer(args, 1) + <usize> unit * pixelBytes;
    const choice = pointer(args, 2) + <usize> unit * pixelBytes;
    const span = <usize> (endCol - firstCol) * pixelBytes;
    const firstPixel = image + <usize> (firstRow * W + firstCol) * pixelBytes;
    const firstPlace = i32x4.splat((firstRow - top) * kernel + firstCol - left);
    const nextRow = i32x4.splat(kernel - endCol + firstCol);
    for (let c = 0; c < C; c += 8) {
      const offset = <usize> c << 2;
      // Where only four are left, they are taken twice.
      const second: usize = c + 4 < C ? 16 : 0;
      let best0 = f32x4.splat(0);
      let best1 = best0;
      let chosen0 = i32x4.splat(-1);
      let chosen1 = chosen0;
      let place = firstPlace;
      let pixel = firstPixel + offset;
      for (let row = firstRow; row < endRow; row++) {
        for (const rowEnd = pixel + span; pixel < rowEnd; pixel += pixelBytes) {
          const value0 = v128.load(pixel);
          const value1 = v128.load(pixel + second);
          // A NaN, which is not even equal to itself, gets through and stays.
          const larger0 = v128.or(f32x4.gt(value0, best0), f32x4.ne(value0, value0));
          const larger1 = v128.or(f32x4.gt(value1, best1), f32x4.ne(value1, value1));
          best0 = v128.bitselect(value0, best0, larger0);
          best1 = v128.bitselect(value1, best1, larger1);
          chosen0 = v128.bitselect(place, chosen0, larger0);
          chosen1 = v128.bitselect(place, chosen1, larger1);
          place = i32x4.add(place, one);
        }
        place = i32x4.add(place, nextRow);
        pixel += rowBytes - span;
      }
      storeFour(y + offset, best0, C - c);
      storeFour(choice + offset, chosen0, C - c);
      if (second == 0) break;
      storeFour(y + offset + 16, best1, C - c - 4);
      storeFour(choice + offset + 16, chosen1, C - c - 4);
    }
  }
}

/** Stores up to four channels of as many as are left. */
// @inline
function storeFour(to: usize, v: v128, left: i32): void {
  if (left >= 4) v128.store(to, v);
  else storePart(to, v, left);
}

// Largest value of every window, zero if it is negative. The twin of max_pool.wgsl. One unit per window: four channels
// at a time.
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
    for (let c = 0; c < C; c += 4) {
      const offset = <usize> c << 2;
      let best = f32x4.splat(0);
      let chosen = i32x4.splat(-1);
      for (let row = firstRow; row < endRow; row++) {
        for (let col = firstCol; col < endCol; col++) {
          const value = v128.load(image + <usize> (row * W + col) * pixelBytes + offset);
          const index = i32x4.splat((row - top) * kernel + col - left);
          // A NaN, which is not even equal to itself, gets through and stays.
          const larger = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
          best = v128.bitselect(value, best, larger);
          chosen = v128.bitselect(index, chosen, larger);
        }
      }
      if (c + 4 <= C) {
        v128.store(y + offset, best);
        v128.store(choice + offset, chosen);
      } else {
        storePart(y + offset, best, C - c);
        storePart(choice + offset, chosen, C - c);
      }
    }
  }
}

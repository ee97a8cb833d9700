// The gradient of max_pool. The twin of max_pool_backward.wgsl. One unit per pixel: four channels at a time collect
// from one window after the other.
// 0 dy   1 choice   2 pending or 0   3 dx   4 C   5 H   6 W   7 OUT_H   8 OUT_W   9 KERNEL   10 STRIDE   11 PADDING
// 12 HAS_PENDING
import { integer, pointer, storePart } from "./simd.as";

export function maxPoolBackward(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const C = integer(args, 4);
  const H = integer(args, 5);
  const W = integer(args, 6);
  const outH = integer(args, 7);
  const outW = integer(args, 8);
  const kernel = integer(args, 9);
  const stride = integer(args, 10);
  const padding = integer(args, 11);
  const pixelBytes = <usize> C << 2;
  for (let unit = begin; unit < end; unit++) {
    const row = unit / W % H + padding;
    const col = unit % W + padding;
    const first = unit / (H * W) * outH;
    // Windows oy from the first that reaches down to this row to the last that starts at or above it.
    const firstDown = max(0, (row - kernel + stride) / stride);
    const endDown = min(outH, row / stride + 1);
    const firstRight = max(0, (col - kernel + stride) / stride);
    const endRight = min(outW, col / stride + 1);
    const offset = <usize> unit * pixelBytes;
    for (let c = 0; c < C; c += 4) {
      const at = offset + (<usize> c << 2);
      let sum = integer(args, 12) != 0 ? v128.load(pointer(args, 2) + at) : f32x4.splat(0);
      for (let down = endDown - 1; down >= firstDown; down--) {
        for (let right = endRight - 1; right >= firstRight; right--) {
          const from = <usize> ((first + down) * outW + right) * pixelBytes + (<usize> c << 2);
          const index = (row - down * stride) * kernel + col - right * stride;
          const chose = i32x4.eq(v128.load(pointer(args, 1) + from), i32x4.splat(index));
          sum = f32x4.add(sum, v128.and(v128.load(pointer(args, 0) + from), chose));
        }
      }
      if (c + 4 <= C) v128.store(pointer(args, 3) + at, sum);
      else storePart(pointer(args, 3) + at, sum, C - c);
    }
  }
}

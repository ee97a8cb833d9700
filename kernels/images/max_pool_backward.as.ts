// The gradient of max_pool. The twin of max_pool_backward.wgsl; `max_pool_overlap.as.ts` is for the most common windows.
// One unit per pixel: its channels collect from one window after the other.
// 0 dy   1 choice   2 pending or 0   3 dx   4 C   5 H   6 W   7 OUT_H   8 OUT_W   9 KERNEL   10 STRIDE   11 PADDING
// 12 HAS_PENDING
import { integer, pointer, storePart } from "../shared/simd.as";

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
    const dx = pointer(args, 3) + offset;
    let before = integer(args, 12) != 0 ? pointer(args, 2) + offset : 0;
    if (endDown <= firstDown || endRight <= firstRight) {
      for (let at: usize = 0; at < pixelBytes; at += 4) {
        store<f32>(dx + at, before != 0 ? load<f32>(before + at) : 0);
      }
      continue;
    }
    for (let down = endDown - 1; down >= firstDown; down--) {
      for (let right = endRight - 1; right >= firstRight; right--) {
        const from = <usize> ((first + down) * outW + right) * pixelBytes;
        const place = (row - down * stride) * kernel + col - right * stride;
        collect(pointer(args, 0) + from, pointer(args, 1) + from, place, before, dx, C);
        before = dx;
      }
    }
  }
}

/** dx = before + dy where a window chose the pixel at `place`; without `before` if that is 0. */
function collect(dy: usize, choice: usize, place: i32, before: usize, dx: usize, C: i32): void {
  const places = i32x4.splat(place);
  for (let c = 0; c < C; c += 4) {
    const at = <usize> c << 2;
    let sum = v128.and(v128.load(dy + at), i32x4.eq(v128.load(choice + at), places));
    if (before != 0) sum = f32x4.add(v128.load(before + at), sum);
    if (c + 4 <= C) v128.store(dx + at, sum);
    else storePart(dx + at, sum, C - c);
  }
}

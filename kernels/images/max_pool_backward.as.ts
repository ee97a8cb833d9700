// The gradient of max_pool. The twin of max_pool_backward.wgsl; `max_pool_overlap.as.ts` is for the most common windows.
// One unit per pixel: its channels collect from one window after the other.
import { MaxPoolBackwardArguments } from "./arguments.as";
import { storePart } from "../shared/simd.as";

export function maxPoolBackward(
  args: MaxPoolBackwardArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const C = args.C;
  const H = args.H;
  const W = args.W;
  const outH = args.OUT_H;
  const outW = args.OUT_W;
  const kernel = args.KERNEL;
  const stride = args.STRIDE;
  const padding = args.PADDING;
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
    const dx = args.dx + offset;
    let before = args.HAS_PENDING ? args.pending + offset : 0;
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
        collect(args.dy + from, args.choice + from, place, before, dx, C);
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

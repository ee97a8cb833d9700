// The gradient of unfold. The twin of fold.wgsl. One unit per pixel: all its channels collect from one window after the
// other, four at a time where they lie side by side.
// 0 dy   1 pending or 0   2 dx   3 C   4 H   5 W   6 OUT_H   7 OUT_W   8 KERNEL   9 STRIDE   10 PADDING
// 11 CHANNELS_LAST   12 HAS_PENDING
import { integer, pointer, privateScratch } from "./simd.as";

export function fold(args: usize, begin: i32, end: i32, scratch: usize): void {
  const C = integer(args, 3);
  const H = integer(args, 4);
  const W = integer(args, 5);
  const outH = integer(args, 6);
  const outW = integer(args, 7);
  const kernel = integer(args, 8);
  const stride = integer(args, 9);
  const padding = integer(args, 10);
  const last = integer(args, 11) != 0;
  const hasPending = integer(args, 12) != 0;
  const columnBytes = last ? <usize> C << 2 : 4;
  const channelBytes = last ? 4 : <usize> (H * W) << 2;
  const imageBytes = <usize> (C * H * W) << 2;
  const kernelBytes = <usize> (kernel * kernel) << 2;
  const windowBytes = <usize> C * kernelBytes;
  // Addresses of what the first channel of a pixel collects.
  const table = privateScratch(scratch, 0, kernelBytes);
  for (let unit = begin; unit < end; unit++) {
    const row = unit / W % H;
    const col = unit % W;
    const b = unit / (H * W);
    const offset = <usize> b * imageBytes + <usize> (row * W + col) * columnBytes;
    let stop = table;
    for (let i = 0; i < kernel; i++) {
      const down = row + padding - i;
      if (down < 0 || down % stride != 0 || down / stride >= outH) continue;
      for (let j = 0; j < kernel; j++) {
        const right = col + padding - j;
        if (right < 0 || right % stride != 0 || right / stride >= outW) continue;
        const window = (b * outH + down / stride) * outW + right / stride;
        const from = pointer(args, 0) + <usize> window * windowBytes;
        store<u32>(stop, <u32> (from + (<usize> (i * kernel + j) << 2)));
        stop += 4;
      }
    }
    const pending = hasPending ? pointer(args, 1) + offset : 0;
    collect(table, stop, kernelBytes, pending, pointer(args, 2) + offset, channelBytes, C);
  }
}

/** Sums what each channel of a pixel collects, the channels `pitch` bytes apart in the windows. */
function collect(
  table: usize,
  stop: usize,
  pitch: usize,
  pending: usize,
  dx: usize,
  channelBytes: usize,
  C: i32,
): void {
  let at: usize = 0;
  let c = 0;
  if (channelBytes == 4) {
    for (; c + 4 <= C; c += 4) {
      let sum = pending != 0 ? v128.load(pending + at) : f32x4.splat(0);
      const channel = <usize> c * pitch;
      for (let entry = table; entry < stop; entry += 4) {
        const from = <usize> load<u32>(entry) + channel;
        let four = v128.load32_zero(from);
        four = v128.load32_lane(from + pitch, four, 1);
        four = v128.load32_lane(from + 2 * pitch, four, 2);
        four = v128.load32_lane(from + 3 * pitch, four, 3);
        sum = f32x4.add(sum, four);
      }
      v128.store(dx + at, sum);
      at += 16;
    }
  }
  for (; c < C; c++) {
    let sum: f32 = pending != 0 ? load<f32>(pending + at) : 0;
    for (let entry = table; entry < stop; entry += 4) {
      sum += load<f32>(<usize> load<u32>(entry) + <usize> c * pitch);
    }
    store<f32>(dx + at, sum);
    at += channelBytes;
  }
}

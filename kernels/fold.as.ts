// The gradient of unfold. The twin of fold.wgsl. One unit per pixel: all its channels collect from one window after the
// other.
// 0 dy   1 pending or 0   2 dx   3 C   4 H   5 W   6 OUT_H   7 OUT_W   8 KERNEL   9 STRIDE   10 PADDING
// 11 CHANNELS_LAST   12 HAS_PENDING
import { integer, pointer } from "./simd.as";

export function fold(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const C = integer(args, 3);
  const H = integer(args, 4);
  const W = integer(args, 5);
  const outH = integer(args, 6);
  const outW = integer(args, 7);
  const kernel = integer(args, 8);
  const stride = integer(args, 9);
  const padding = integer(args, 10);
  const last = integer(args, 11) != 0;
  const columnBytes = last ? <usize> C << 2 : 4;
  const channelBytes = last ? 4 : <usize> (H * W) << 2;
  const imageBytes = <usize> (C * H * W) << 2;
  const kernelBytes = <usize> (kernel * kernel) << 2;
  const windowBytes = <usize> C * kernelBytes;
  for (let unit = begin; unit < end; unit++) {
    const row = unit / W % H;
    const col = unit % W;
    const b = unit / (H * W);
    const offset = <usize> b * imageBytes + <usize> (row * W + col) * columnBytes;
    const dx = pointer(args, 2) + offset;
    const stop = dx + <usize> C * channelBytes;
    let pending = pointer(args, 1) + offset;
    for (let to = dx; to < stop; to += channelBytes) {
      store<f32>(to, integer(args, 12) != 0 ? load<f32>(pending) : 0);
      pending += channelBytes;
    }
    for (let i = 0; i < kernel; i++) {
      const down = row + padding - i;
      if (down < 0 || down % stride != 0 || down / stride >= outH) continue;
      for (let j = 0; j < kernel; j++) {
        const right = col + padding - j;
        if (right < 0 || right % stride != 0 || right / stride >= outW) continue;
        const window = (b * outH + down / stride) * outW + right / stride;
        let from = pointer(args, 0) + <usize> window * windowBytes +
          (<usize> (i * kernel + j) << 2);
        for (let to = dx; to < stop; to += channelBytes) {
          store<f32>(to, load<f32>(to) + load<f32>(from));
          from += kernelBytes;
        }
      }
    }
  }
}

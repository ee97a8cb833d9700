// Windows of a convolution as rows of a matrix. The twin of unfold.wgsl. One unit per window.
// 0 x   1 y   2 C   3 H   4 W   5 OUT_H   6 OUT_W   7 KERNEL   8 STRIDE   9 PADDING   10 CHANNELS_LAST
import { integer, pointer } from "./simd.as";

export function unfold(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const C = integer(args, 2);
  const H = integer(args, 3);
  const W = integer(args, 4);
  const outH = integer(args, 5);
  const outW = integer(args, 6);
  const kernel = integer(args, 7);
  const stride = integer(args, 8);
  const padding = integer(args, 9);
  const last = integer(args, 10) != 0;
  const columnBytes = last ? <usize> C << 2 : 4;
  const rowBytes = <usize> W * columnBytes;
  const channelBytes = last ? 4 : <usize> H * rowBytes;
  const imageBytes = <usize> (C * H * W) << 2;
  const windowBytes = <usize> (C * kernel * kernel) << 2;
  let y = pointer(args, 1) + <usize> begin * windowBytes;
  for (let unit = begin; unit < end; unit++) {
    const top = unit / outW % outH * stride - padding;
    const left = unit % outW * stride - padding;
    const image = pointer(args, 0) + <usize> (unit / (outH * outW)) * imageBytes;
    const inside = top >= 0 && left >= 0 && top + kernel <= H && left + kernel <= W;
    if (inside) {
      let from = image + <usize> top * rowBytes + <usize> left * columnBytes;
      const stop = y + windowBytes;
      while (y < stop) {
        let row = from;
        for (let i = 0; i < kernel; i++) {
          let at = row;
          let j = 0;
          if (!last) {
            for (; j + 4 <= kernel; j += 4) {
              v128.store(y, v128.load(at));
              y += 16;
              at += 16;
            }
          }
          for (; j < kernel; j++) {
            store<f32>(y, load<f32>(at));
            y += 4;
            at += columnBytes;
          }
          row += rowBytes;
        }
        from += channelBytes;
      }
      continue;
    }
    for (let c = 0; c < C; c++) {
      const channel = image + <usize> c * channelBytes;
      for (let i = top; i < top + kernel; i++) {
        for (let j = left; j < left + kernel; j++) {
          let value: f32 = 0;
          // As unsigned numbers, those below zero are beyond the image too.
          if (<u32> i < <u32> H && <u32> j < <u32> W) {
            value = load<f32>(channel + <usize> i * rowBytes + <usize> j * columnBytes);
          }
          store<f32>(y, value);
          y += 4;
        }
      }
    }
  }
}

// Windows of a convolution as rows of a matrix. The twin of unfold.wgsl. One unit per window. Where the channels of a pixel
// lie side by side, four channels of four pixels are transposed at a time.
// 0 x   1 y   2 C   3 H   4 W   5 OUT_H   6 OUT_W   7 KERNEL   8 STRIDE   9 PADDING   10 CHANNELS_LAST
import { integer, pointer, privateScratch } from "./simd.as";

export function unfold(args: usize, begin: i32, end: i32, scratch: usize): void {
  if (integer(args, 10) != 0) {
    unfoldPixels(args, begin, end, scratch);
    return;
  }
  const C = integer(args, 2);
  const H = integer(args, 3);
  const W = integer(args, 4);
  const outH = integer(args, 5);
  const outW = integer(args, 6);
  const kernel = integer(args, 7);
  const stride = integer(args, 8);
  const padding = integer(args, 9);
  const rowBytes = <usize> W << 2;
  const channelBytes = <usize> H * rowBytes;
  const imageBytes = <usize> (C * H * W) << 2;
  const windowBytes = <usize> (C * kernel * kernel) << 2;
  let y = pointer(args, 1) + <usize> begin * windowBytes;
  for (let unit = begin; unit < end; unit++) {
    const top = unit / outW % outH * stride - padding;
    const left = unit % outW * stride - padding;
    const image = pointer(args, 0) + <usize> (unit / (outH * outW)) * imageBytes;
    const inside = top >= 0 && left >= 0 && top + kernel <= H && left + kernel <= W;
    if (inside) {
      let from = image + <usize> top * rowBytes + (<usize> left << 2);
      const stop = y + windowBytes;
      while (y < stop) {
        let row = from;
        for (let i = 0; i < kernel; i++) {
          let at = row;
          let j = 0;
          for (; j + 4 <= kernel; j += 4) {
            v128.store(y, v128.load(at));
            y += 16;
            at += 16;
          }
          for (; j < kernel; j++) {
            store<f32>(y, load<f32>(at));
            y += 4;
            at += 4;
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
            value = load<f32>(channel + <usize> i * rowBytes + (<usize> j << 2));
          }
          store<f32>(y, value);
          y += 4;
        }
      }
    }
  }
}

/** The windows of an image whose pixels have their channels side by side. */
function unfoldPixels(args: usize, begin: i32, end: i32, scratch: usize): void {
  const C = integer(args, 2);
  const H = integer(args, 3);
  const W = integer(args, 4);
  const outH = integer(args, 5);
  const outW = integer(args, 6);
  const kernel = integer(args, 7);
  const stride = integer(args, 8);
  const padding = integer(args, 9);
  const pixelBytes = <usize> C << 2;
  const count = kernel * kernel;
  const tableBytes = <usize> count << 2;
  // Addresses of the pixels of a window, then a pixel of zeros for those beyond the image.
  const table = privateScratch(scratch, 0, tableBytes + pixelBytes);
  const zeros = table + tableBytes;
  memory.fill(zeros, 0, pixelBytes);
  let y = pointer(args, 1) + <usize> begin * tableBytes * <usize> C;
  for (let unit = begin; unit < end; unit++) {
    const top = unit / outW % outH * stride - padding;
    const left = unit % outW * stride - padding;
    const image = pointer(args, 0) + <usize> (unit / (outH * outW) * H * W) * pixelBytes;
    let entry = table;
    for (let i = top; i < top + kernel; i++) {
      for (let j = left; j < left + kernel; j++) {
        // As unsigned numbers, those below zero are beyond the image too.
        const inside = <u32> i < <u32> H && <u32> j < <u32> W;
        store<u32>(entry, <u32> (inside ? image + <usize> (i * W + j) * pixelBytes : zeros));
        entry += 4;
      }
    }
    y = transposePixels(table, count, C, y);
  }
}

/** Writes `count` pixels channel by channel; returns where it ended. */
function transposePixels(table: usize, count: i32, C: i32, y: usize): usize {
  const channelBytes = <usize> count << 2;
  const stop = table + channelBytes;
  const fours = table + (<usize> (count & -4) << 2);
  let c = 0;
  for (; c + 4 <= C; c += 4) {
    const offset = <usize> c << 2;
    let to = y;
    let entry = table;
    for (; entry < fours; entry += 16) {
      const p0 = v128.load(<usize> load<u32>(entry) + offset);
      const p1 = v128.load(<usize> load<u32>(entry, 4) + offset);
      const p2 = v128.load(<usize> load<u32>(entry, 8) + offset);
      const p3 = v128.load(<usize> load<u32>(entry, 12) + offset);
      const low01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(p0, p1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(p2, p3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(to + channelBytes, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      v128.store(to + 2 * channelBytes, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      v128.store(to + 3 * channelBytes, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
      to += 16;
    }
    for (; entry < stop; entry += 4) {
      const pixel = v128.load(<usize> load<u32>(entry) + offset);
      v128.store32_lane(to, pixel, 0);
      v128.store32_lane(to + channelBytes, pixel, 1);
      v128.store32_lane(to + 2 * channelBytes, pixel, 2);
      v128.store32_lane(to + 3 * channelBytes, pixel, 3);
      to += 4;
    }
    y += 4 * channelBytes;
  }
  for (; c < C; c++) {
    for (let entry = table; entry < stop; entry += 4) {
      store<f32>(y, load<f32>(<usize> load<u32>(entry) + (<usize> c << 2)));
      y += 4;
    }
  }
  return y;
}

// Windows of a convolution as rows of a matrix, of images whose pixels have their channels side by side. One unit per row
// of windows. Four channels of four pixels, or of nine, are transposed at a time.
import { UnfoldArguments } from "./arguments.as";
import { high, highPair, low, lowPair } from "../shared/interleave.as";
import { privateScratch } from "../shared/simd.as";
import { windowPixels } from "./parts/window_pixels.as";

export function unfoldPixels(args: UnfoldArguments, begin: i32, end: i32, scratch: usize): void {
  const C = args.C;
  const H = args.H;
  const W = args.W;
  const outH = args.OUT_H;
  const outW = args.OUT_W;
  const kernel = args.KERNEL;
  const stride = args.STRIDE;
  const padding = args.PADDING;
  const pixelBytes = <usize> C << 2;
  const imageBytes = <usize> (H * W) * pixelBytes;
  const count = kernel * kernel;
  const tableBytes = <usize> count << 2;
  // Addresses of the pixels of a window, then a pixel of zeros for those beyond the image.
  const table = privateScratch(scratch, 0, tableBytes + pixelBytes);
  const zeros = table + tableBytes;
  memory.fill(zeros, 0, pixelBytes);
  let y = args.y + <usize> (begin * outW) * tableBytes * <usize> C;
  for (let unit = begin; unit < end; unit++) {
    const top = unit % outH * stride - padding;
    const image = args.x + <usize> (unit / outH) * imageBytes;
    for (let left = -padding; left < outW * stride - padding; left += stride) {
      windowPixels(table, top, left, kernel, image, 0, H, W, pixelBytes, zeros);
      if (count == 9) transposeNine(table, C, y);
      else transposePixels(table, count, C, 0, y);
      y += tableBytes * <usize> C;
    }
  }
}

/** Writes `count` pixels channel by channel, from channel `c` on. */
function transposePixels(table: usize, count: i32, C: i32, c: i32, y: usize): void {
  const channelBytes = <usize> count << 2;
  const stop = table + channelBytes;
  const fours = table + (<usize> (count & -4) << 2);
  y += <usize> c * channelBytes;
  for (; c + 4 <= C; c += 4) {
    const offset = <usize> c << 2;
    let to = y;
    let entry = table;
    for (; entry < fours; entry += 16) {
      const p0 = v128.load(<usize> load<u32>(entry) + offset);
      const p1 = v128.load(<usize> load<u32>(entry, 4) + offset);
      const p2 = v128.load(<usize> load<u32>(entry, 8) + offset);
      const p3 = v128.load(<usize> load<u32>(entry, 12) + offset);
      const low01 = low(p0, p1);
      const low23 = low(p2, p3);
      const high01 = high(p0, p1);
      const high23 = high(p2, p3);
      v128.store(to, lowPair(low01, low23));
      v128.store(to + channelBytes, highPair(low01, low23));
      v128.store(to + 2 * channelBytes, lowPair(high01, high23));
      v128.store(to + 3 * channelBytes, highPair(high01, high23));
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
}

/** The same for nine pixels: four channels of them are nine vectors, stored one after the other. */
function transposeNine(table: usize, C: i32, y: usize): void {
  const p0 = <usize> load<u32>(table);
  const p1 = <usize> load<u32>(table, 4);
  const p2 = <usize> load<u32>(table, 8);
  const p3 = <usize> load<u32>(table, 12);
  const p4 = <usize> load<u32>(table, 16);
  const p5 = <usize> load<u32>(table, 20);
  const p6 = <usize> load<u32>(table, 24);
  const p7 = <usize> load<u32>(table, 28);
  const p8 = <usize> load<u32>(table, 32);
  const full = C & -4;
  const end = <usize> full << 2;
  let to = y;
  for (let offset: usize = 0; offset < end; offset += 16) {
    const v0 = v128.load(p0 + offset);
    const v1 = v128.load(p1 + offset);
    const v2 = v128.load(p2 + offset);
    const v3 = v128.load(p3 + offset);
    const v4 = v128.load(p4 + offset);
    const v5 = v128.load(p5 + offset);
    const v6 = v128.load(p6 + offset);
    const v7 = v128.load(p7 + offset);
    const v8 = v128.load(p8 + offset);
    v128.store(to, lowPair(low(v0, v1), low(v2, v3)));
    v128.store(to, lowPair(low(v4, v5), low(v6, v7)), 16);
    // v8₀ v0₁ v1₁ v2₁, lanes that already are in their places
    const ends1 = v128.shuffle<f32>(v8, v0, 0, 5, 6, 7);
    v128.store(to, v128.shuffle<f32>(ends1, low(v1, v2), 0, 1, 6, 7), 32);
    v128.store(to, highPair(low(v3, v4), low(v5, v6)), 48);
    // v7₁ v8₁ v0₂ v1₂
    v128.store(to, v128.shuffle<f32>(low(v7, v8), high(v0, v1), 2, 3, 4, 5), 64);
    v128.store(to, lowPair(high(v2, v3), high(v4, v5)), 80);
    // v6₂ v7₂ v8₂ v0₃
    const ends3 = v128.shuffle<f32>(v8, v0, 0, 1, 2, 7);
    v128.store(to, v128.shuffle<f32>(high(v6, v7), ends3, 0, 1, 6, 7), 96);
    v128.store(to, highPair(high(v1, v2), high(v3, v4)), 112);
    v128.store(to, highPair(high(v5, v6), high(v7, v8)), 128);
    to += 144;
  }
  if (full < C) transposePixels(table, 9, C, full, y);
}

// The gradient of unfold, of images whose pixels have their channels side by side. One unit per row of an image. All rows
// of a chunk are done together: the windows over them are read once, each added to all its pixels. What is read is
// much more than what is written, so it is read in one direction without a gap, the last window first: a pixel then
// collects from its windows in the order of fold.wgsl.
import { FoldArguments } from "./arguments.as";
import { high, highPair, low, lowPair } from "../shared/interleave.as";
import { privateScratch, storePart } from "../shared/simd.as";
import { windowPixels } from "./parts/window_pixels.as";

export function foldPixels(args: FoldArguments, begin: i32, end: i32, scratch: usize): void {
  const H = args.H;
  while (begin < end) {
    const b = begin / H;
    const first = begin - b * H;
    const last = min(H, first + end - begin);
    foldRows(args, b, first, last, scratch);
    begin += last - first;
  }
}

/** Rows `first` to `last` of an image. */
function foldRows(args: FoldArguments, b: i32, first: i32, last: i32, scratch: usize): void {
  const C = args.C;
  const H = args.H;
  const W = args.W;
  const outH = args.OUT_H;
  const outW = args.OUT_W;
  const kernel = args.KERNEL;
  const stride = args.STRIDE;
  const padding = args.PADDING;
  const pixelBytes = <usize> C << 2;
  const rowBytes = <usize> W * pixelBytes;
  const imageBytes = <usize> H * rowBytes;
  const windowBytes = pixelBytes * <usize> (kernel * kernel);
  const image = args.dx + <usize> b * imageBytes;
  const pending = args.HAS_PENDING ? args.pending + <usize> b * imageBytes : 0;
  const windows = args.dy + <usize> (b * outH * outW) * windowBytes;
  // Addresses of the pixels of a window, then a pixel for what goes to those that are not among the rows.
  const tableBytes = <usize> (kernel * kernel) << 2;
  const table = privateScratch(scratch, 0, tableBytes + pixelBytes);
  const nowhere = table + tableBytes;
  memory.fill(nowhere, 0, pixelBytes);
  // Rows from here on hold a sum.
  let started = last;
  for (let down = min(outH, (last - 1 + padding) / stride + 1) - 1; down >= 0; down--) {
    const top = down * stride - padding;
    if (top + kernel <= first) break;
    const start = max(first, top);
    if (start < started) {
      startRows(image, pending, <usize> start * rowBytes, <usize> started * rowBytes);
      started = start;
    }
    for (let right = outW - 1; right >= 0; right--) {
      const left = right * stride - padding;
      windowPixels(table, top, left, kernel, image, first, last, W, pixelBytes, nowhere);
      const window = windows + <usize> (down * outW + right) * windowBytes;
      if (kernel == 3) addNine(window, table, C);
      else addWindow(window, table, kernel * kernel, C, 0);
    }
  }
  startRows(image, pending, <usize> first * rowBytes, <usize> started * rowBytes);
}

/** Starts the sums of a part of an image with what is pending, or zeros. */
function startRows(image: usize, pending: usize, begin: usize, end: usize): void {
  if (pending != 0) memory.copy(image + begin, pending + begin, end - begin);
  else memory.fill(image + begin, 0, end - begin);
}

/**
 * Adds a window of `count` pixels to the pixels at the addresses in the table, from channel `first` (one of four) on:
 * four pixels of four channels at a time.
 */
function addWindow(window: usize, table: usize, count: i32, C: i32, first: i32): void {
  const pitch = <usize> count << 2;
  const end = table + pitch;
  for (let c = (C - 1) & -4; c >= first; c -= 4) {
    const left = C - c;
    // Where fewer than four channels are left, those that are not there are the first again.
    const p1 = left > 1 ? pitch : 0;
    const p2 = left > 2 ? 2 * pitch : 0;
    const p3 = left > 3 ? 3 * pitch : 0;
    const offset = <usize> c << 2;
    let at = window + <usize> c * pitch;
    for (let entry = table; entry < end; entry += 16) {
      const c0 = v128.load(at);
      const c1 = v128.load(at + p1);
      const c2 = v128.load(at + p2);
      const c3 = v128.load(at + p3);
      const low01 = low(c0, c1);
      const low23 = low(c2, c3);
      const high01 = high(c0, c1);
      const high23 = high(c2, c3);
      add(entry, offset, lowPair(low01, low23), left);
      if (entry + 4 < end) add(entry + 4, offset, highPair(low01, low23), left);
      if (entry + 8 < end) add(entry + 8, offset, lowPair(high01, high23), left);
      if (entry + 12 < end) add(entry + 12, offset, highPair(high01, high23), left);
      at += 16;
    }
  }
}

/** Adds to the channels at `offset` of the pixel of a table entry, four of them or as many as are left. */
// @inline
function add(entry: usize, offset: usize, v: v128, left: i32): void {
  const to = <usize> load<u32>(entry) + offset;
  const sum = f32x4.add(v128.load(to), v);
  if (left >= 4) v128.store(to, sum);
  else storePart(to, sum, left);
}

/** The same for windows of nine pixels. */
function addNine(window: usize, table: usize, C: i32): void {
  const full = C & -4;
  if (full < C) addWindow(window, table, 9, C, full);
  let at = window + <usize> full * 36;
  const offset = <usize> full << 2;
  let p0 = <usize> load<u32>(table) + offset;
  let p1 = <usize> load<u32>(table, 4) + offset;
  let p2 = <usize> load<u32>(table, 8) + offset;
  let p3 = <usize> load<u32>(table, 12) + offset;
  let p4 = <usize> load<u32>(table, 16) + offset;
  let p5 = <usize> load<u32>(table, 20) + offset;
  let p6 = <usize> load<u32>(table, 24) + offset;
  let p7 = <usize> load<u32>(table, 28) + offset;
  let p8 = <usize> load<u32>(table, 32) + offset;
  while (at > window) {
    at -= 144;
    p0 -= 16;
    p1 -= 16;
    p2 -= 16;
    p3 -= 16;
    p4 -= 16;
    p5 -= 16;
    p6 -= 16;
    p7 -= 16;
    p8 -= 16;
    addThree(at, p0, p1, p2);
    addThree(at + 12, p3, p4, p5);
    addThree(at + 24, p6, p7, p8);
  }
}

/** Three neighbors of the nine, in four channels. */
// @inline
function addThree(at: usize, p0: usize, p1: usize, p2: usize): void {
  const c0 = v128.load(at);
  const c1 = v128.load(at, 36);
  const c2 = v128.load(at, 72);
  const c3 = v128.load(at, 108);
  const low01 = low(c0, c1);
  const low23 = low(c2, c3);
  v128.store(p0, f32x4.add(v128.load(p0), lowPair(low01, low23)));
  v128.store(p1, f32x4.add(v128.load(p1), highPair(low01, low23)));
  v128.store(p2, f32x4.add(v128.load(p2), lowPair(high(c0, c1), high(c2, c3))));
}

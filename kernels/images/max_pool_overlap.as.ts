// max_pool_backward of windows of three every two with padding one, in whole groups of four channels and with nothing
// pending. One unit per row of cells. A cell is four pixels that the same four windows hold, so that each window is
// read once for the four:
//   rows 2q − 1 and 2q of an image lie in window q, as its rows 0 and 1, and row 2q − 1 in window q − 1, as its row 2;
//   columns are the same.
import { MaxPoolBackwardArguments } from "./arguments.as";
import { privateScratch } from "../shared/simd.as";

/** The choice of a window that is not there. */
const ABSENT = -1;

export function maxPoolOverlap(
  args: MaxPoolBackwardArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const dy = args.dy;
  const choice = args.choice;
  const H = args.H;
  const W = args.W;
  const outH = args.OUT_H;
  const outW = args.OUT_W;
  const pixelBytes = <usize> args.C << 2;
  const rowBytes = <usize> W * pixelBytes;
  const windowRowBytes = <usize> outW * pixelBytes;
  const rows = (H + 2) >> 1;
  const columns = (W + 2) >> 1;
  // What a window that is not there adds, and chose; then a pixel that is not there.
  const nothing = privateScratch(scratch, 0, 3 * pixelBytes);
  const nowhere = nothing + 2 * pixelBytes;
  for (let at = nothing; at < nothing + pixelBytes; at += 4) {
    store<f32>(at, -0.0);
    store<i32>(at + pixelBytes, ABSENT);
  }
  for (let unit = begin; unit < end; unit++) {
    const q = unit % rows;
    const b = unit / rows;
    // The windows under and left of the first pixel of the row of cells, and the pixel.
    let window = <usize> (b * outH + q) * windowRowBytes;
    let pixel = args.dx + <usize> (b * H + 2 * q - 1) * rowBytes - pixelBytes;
    for (let r = 0; r < columns; r++) {
      const below = q < outH;
      const above = q > 0;
      const right = r < outW;
      const left = r > 0;
      const upper = window - windowRowBytes;
      addCell(
        below && right ? dy + window : nothing,
        below && right ? choice + window : nothing + pixelBytes,
        below && left ? dy + window - pixelBytes : nothing,
        below && left ? choice + window - pixelBytes : nothing + pixelBytes,
        above && right ? dy + upper : nothing,
        above && right ? choice + upper : nothing + pixelBytes,
        above && left ? dy + upper - pixelBytes : nothing,
        above && left ? choice + upper - pixelBytes : nothing + pixelBytes,
        above && left ? pixel : nowhere,
        above && 2 * r < W ? pixel + pixelBytes : nowhere,
        2 * q < H && left ? pixel + rowBytes : nowhere,
        2 * q < H && 2 * r < W ? pixel + rowBytes + pixelBytes : nowhere,
        pixelBytes,
        nothing + pixelBytes,
      );
      window += pixelBytes;
      pixel += 2 * pixelBytes;
    }
  }
}

/** dx of the four pixels of a cell from the gradients and choices of its windows: below right, below left, above … */
function addCell(
  dy0: usize,
  choice0: usize,
  dy1: usize,
  choice1: usize,
  dy2: usize,
  choice2: usize,
  dy3: usize,
  choice3: usize,
  dx0: usize,
  dx1: usize,
  dx2: usize,
  dx3: usize,
  bytes: usize,
  absent: usize,
): void {
  const place0 = placeIn(choice0, absent, 0);
  const place1 = placeIn(choice0, absent, 1);
  const place3 = placeIn(choice0, absent, 3);
  const place4 = placeIn(choice0, absent, 4);
  const place2 = placeIn(choice1, absent, 2);
  const place5 = placeIn(choice1, absent, 5);
  const place6 = placeIn(choice2, absent, 6);
  const place7 = placeIn(choice2, absent, 7);
  const place8 = placeIn(choice3, absent, 8);
  for (let at: usize = 0; at < bytes; at += 16) {
    let chosen = v128.load(choice0 + at);
    let gradient = v128.load(dy0 + at);
    let sum0 = v128.and(gradient, i32x4.eq(chosen, place0));
    let sum1 = v128.and(gradient, i32x4.eq(chosen, place1));
    let sum2 = v128.and(gradient, i32x4.eq(chosen, place3));
    const sum3 = v128.and(gradient, i32x4.eq(chosen, place4));
    chosen = v128.load(choice1 + at);
    gradient = v128.load(dy1 + at);
    sum0 = f32x4.add(sum0, v128.and(gradient, i32x4.eq(chosen, place2)));
    sum2 = f32x4.add(sum2, v128.and(gradient, i32x4.eq(chosen, place5)));
    chosen = v128.load(choice2 + at);
    gradient = v128.load(dy2 + at);
    sum0 = f32x4.add(sum0, v128.and(gradient, i32x4.eq(chosen, place6)));
    sum1 = f32x4.add(sum1, v128.and(gradient, i32x4.eq(chosen, place7)));
    chosen = v128.load(choice3 + at);
    gradient = v128.load(dy3 + at);
    sum0 = f32x4.add(sum0, v128.and(gradient, i32x4.eq(chosen, place8)));
    v128.store(dx0 + at, sum0);
    v128.store(dx1 + at, sum1);
    v128.store(dx2 + at, sum2);
    v128.store(dx3 + at, sum3);
  }
}

/** A place in a window, four times; what it chose if it is not there: −0 is added then, which changes nothing. */
// @inline
function placeIn(choice: usize, absent: usize, place: i32): v128 {
  return i32x4.splat(choice == absent ? ABSENT : place);
}

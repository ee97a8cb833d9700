// Windows of a convolution as rows of a matrix, of images whose channels lie one after the other. The twin of
// unfold.wgsl; `unfold_pixels.as.ts` is for those whose channels lie side by side. One unit per window.
import { UnfoldArguments } from "./arguments.as";
import { storePart } from "../shared/simd.as";

export function unfold(args: UnfoldArguments, begin: i32, end: i32, _scratch: usize): void {
  const C = args.C;
  const H = args.H;
  const W = args.W;
  const outH = args.OUT_H;
  const outW = args.OUT_W;
  const kernel = args.KERNEL;
  const stride = args.STRIDE;
  const padding = args.PADDING;
  const rowBytes = <usize> W << 2;
  const channelBytes = <usize> H * rowBytes;
  const imageBytes = <usize> C * channelBytes;
  const windowBytes = <usize> (C * kernel * kernel) << 2;
  let y = args.y + <usize> begin * windowBytes;
  for (let unit = begin; unit < end; unit++) {
    const top = unit / outW % outH * stride - padding;
    const left = unit % outW * stride - padding;
    const image = args.x + <usize> (unit / (outH * outW)) * imageBytes;
    const from = image + <usize> top * rowBytes + (<usize> left << 2);
    const inside = top >= 0 && left >= 0 && top + kernel <= H && left + kernel <= W;
    if (!inside) copyPart(image, channelBytes, top, left, H, W, y, C, kernel);
    else if (kernel == 4) copyWindow(from, rowBytes, channelBytes, y, y + windowBytes, 4);
    else copyWindow(from, rowBytes, channelBytes, y, y + windowBytes, kernel);
    y += windowBytes;
  }
}

/** A window inside the image. What is stored beyond the end of a row of it is stored over by the next row. */
// @inline
function copyWindow(
  from: usize,
  rowBytes: usize,
  channelBytes: usize,
  y: usize,
  end: usize,
  kernel: i32,
): void {
  while (y < end) {
    let row = from;
    for (let i = 0; i < kernel; i++) {
      for (let j = 0; j < kernel; j += 4) {
        const at = <usize> j << 2;
        const four = v128.load(row + at);
        if (kernel == 4 || y + at + 16 <= end) v128.store(y + at, four);
        else storePart(y + at, four, kernel - j);
      }
      row += rowBytes;
      y += <usize> kernel << 2;
    }
    from += channelBytes;
  }
}

/** A window that reaches beyond the image: zeros there. */
function copyPart(
  image: usize,
  channelBytes: usize,
  top: i32,
  left: i32,
  H: i32,
  W: i32,
  y: usize,
  C: i32,
  kernel: i32,
): void {
  for (let c = 0; c < C; c++) {
    for (let row = top; row < top + kernel; row++) {
      for (let col = left; col < left + kernel; col++) {
        // As unsigned numbers, those below zero are beyond the image too.
        const inside = <u32> row < <u32> H && <u32> col < <u32> W;
        store<f32>(y, inside ? load<f32>(image + (<usize> (row * W + col) << 2)) : 0);
        y += 4;
      }
    }
    image += channelBytes;
  }
}

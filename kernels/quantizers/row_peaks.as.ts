// Largest absolute value of every row. The twin of row_peaks.wgsl. One unit per row. As integers the absolute values have
// the same order, and a NaN is above all.
import { RowPeaksArguments } from "./arguments.as";

export function rowPeaks(args: RowPeaksArguments, begin: i32, end: i32, _scratch: usize): void {
  const D = args.D;
  const rowBytes = <usize> D << 2;
  for (let row = begin; row < end; row++) {
    let at = args.x + <usize> row * rowBytes;
    const stop = at + rowBytes;
    let peaks = i32x4.splat(0);
    for (; at + 16 <= stop; at += 16) peaks = i32x4.max_s(peaks, f32x4.abs(v128.load(at)));
    for (; at < stop; at += 4) peaks = i32x4.max_s(peaks, f32x4.abs(v128.load32_splat(at)));
    peaks = i32x4.max_s(peaks, v128.shuffle<i32>(peaks, peaks, 2, 3, 0, 1));
    peaks = i32x4.max_s(peaks, v128.shuffle<i32>(peaks, peaks, 1, 0, 3, 2));
    store<f32>(args.peaks + (<usize> row << 2), f32x4.extract_lane(peaks, 0));
  }
}

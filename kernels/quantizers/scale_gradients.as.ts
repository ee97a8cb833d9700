// Gradients of learned scales that several rows share. The twin of scale_gradients.wgsl. One unit per row; those that are
// not the first of a group have nothing to do.
import { ScaleGradientsArguments } from "./arguments.as";

const LEARNED: f32 = 5;

export function scaleGradients(
  args: ScaleGradientsArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  for (let row = begin; row < end;) {
    const place = args.rows + (<usize> row << 5);
    const first = load<i32>(place, 16);
    const rows = load<i32>(place, 20);
    const isFirst = row == first;
    // Rows of a group follow one another; nothing of the others needs to be read.
    row = first + rows;
    if (!isFirst || rows == 1) continue;
    const format = args.formats + 48 * <usize> load<u32>(place, 24);
    if (load<f32>(format) != LEARNED) continue;
    let from = args.sums + (<usize> first << 2);
    let sum: f32 = 0;
    for (let i = 0; i < rows; i++) {
      sum += load<f32>(from);
      from += 4;
    }
    const to = args.gradients + (<usize> load<u32>(place, 28) << 2);
    store<f32>(to, load<f32>(format, 40) * sum);
  }
}

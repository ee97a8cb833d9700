// Median magnitude of every group of weights whose scale is made of it. The twin of weight_medians.wgsl. One unit per row;
// those that are not the first of a group have nothing to do.
import { WeightMediansArguments } from "./arguments.as";
import { kthMagnitude, SCRATCH_BYTES } from "./parts/kth_magnitude.as";
import { privateScratch } from "../shared/simd.as";

const MEDIAN: f32 = 1;

export function weightMedians(
  args: WeightMediansArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const memory = privateScratch(scratch, 0, SCRATCH_BYTES);
  for (let row = begin; row < end; row++) {
    const place = args.rows + (<usize> row << 5);
    if (load<i32>(place, 16) != row) continue;
    if (load<f32>(args.formats + 48 * <usize> load<u32>(place, 24)) != MEDIAN) continue;
    const count = load<i32>(place, 4) * load<i32>(place, 20);
    const weights = args.parameters + (<usize> load<u32>(place) << 2);
    const median = kthMagnitude(weights, count, (count - 1) / 2, memory);
    store<i32>(args.statistics + (<usize> row << 4), median, 12);
  }
}

// Codes of a whole tensor with one scale. The twin of quantize_tensor.wgsl. One unit per row.
import { QuantizeTensorArguments } from "./arguments.as";
import { lanesBelow, rounder } from "../shared/simd.as";

const MIN_SCALE: f32 = 1e-6;

export function quantizeTensor(
  args: QuantizeTensorArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const D = args.D;
  const q = <f32> ((1 << (args.BITS - 1)) - 1);
  const range = args.range;
  const exact = load<f32>(range, 8) / q;
  // Not max(): a NaN must get through.
  const scale = exact < MIN_SCALE ? MIN_SCALE : exact;
  const scales = f32x4.splat(scale);
  const low = f32x4.splat(-q - 1);
  const high = f32x4.splat(q);
  const shift = rounder();
  const words = (D + 3) >> 2;
  const whole = D >> 2;
  const tail = lanesBelow(D & 3);
  let beyond = i32x4.splat(0);
  for (let row = begin; row < end; row++) {
    let x = args.x + (<usize> row * <usize> D << 2);
    let to = args.codes + (<usize> row * <usize> words << 2);
    for (let word = 0; word < words; word++) {
      let value = v128.load(x);
      if (word == whole) value = v128.and(value, tail);
      const rounded = f32x4.nearest(f32x4.div(value, scales));
      const code = f32x4.pmin(f32x4.pmax(rounded, low), high);
      beyond = i32x4.sub(beyond, f32x4.ne(code, rounded));
      const integers = i32x4.sub(f32x4.add(code, shift), shift);
      const halves = i16x8.narrow_i32x4_s(integers, integers);
      v128.store32_lane(to, i8x16.narrow_i16x8_s(halves, halves), 0);
      x += 16;
      to += 4;
    }
    store<f32>(args.scales + (<usize> row << 2), scale);
  }
  beyond = i32x4.add(beyond, v128.shuffle<i32>(beyond, beyond, 2, 3, 0, 1));
  beyond = i32x4.add(beyond, v128.shuffle<i32>(beyond, beyond, 1, 0, 3, 2));
  const count = i32x4.extract_lane(beyond, 0);
  if (count > 0) atomic.add<i32>(range + 12, count);
}

// dx[m, f] = dy[m, f] · u · act′(g), dx[m, F + f] = dy[m, f] · act(g). The twin of glu_backward.wgsl. One unit per row.
import { GluBackwardArguments } from "./arguments.as";
import { madd, sigmoid4, storePart } from "../shared/simd.as";

/** Writes `count` elements of both halves. */
// @inline
function four(x: usize, half: usize, dy: usize, dx: usize, count: i32, one: v128, kind: i32): void {
  const g = v128.load(x);
  const d = v128.load(dy);
  const du = f32x4.mul(d, v128.load(x + half));
  let dGate: v128;
  let dValue: v128;
  if (kind == 0) {
    const s = sigmoid4(g);
    dGate = f32x4.mul(du, f32x4.mul(s, madd(g, f32x4.sub(one, s), one)));
    dValue = f32x4.mul(d, f32x4.mul(g, s));
  } else {
    const r = f32x4.max(g, f32x4.splat(0));
    dGate = f32x4.mul(du, f32x4.add(r, r));
    dValue = f32x4.mul(d, f32x4.mul(r, r));
  }
  if (count == 4) {
    v128.store(dx, dGate);
    v128.store(dx + half, dValue);
  } else {
    storePart(dx, dGate, count);
    storePart(dx + half, dValue, count);
  }
}

// @inline
function rows(args: GluBackwardArguments, begin: i32, end: i32, kind: i32): void {
  const F = args.F;
  const half = <usize> F << 2;
  const whole = <usize> (F & -4) << 2;
  const one = f32x4.splat(1);
  for (let m = begin; m < end; m++) {
    const x = args.x + <usize> m * 2 * half;
    const dy = args.dy + <usize> m * half;
    const dx = args.dx + <usize> m * 2 * half;
    for (let i: usize = 0; i < whole; i += 16) four(x + i, half, dy + i, dx + i, 4, one, kind);
    if ((F & 3) != 0) four(x + whole, half, dy + whole, dx + whole, F & 3, one, kind);
  }
}

export function gluBackward(
  args: GluBackwardArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  if (args.KIND == 0) rows(args, begin, end, 0);
  else rows(args, begin, end, 1);
}

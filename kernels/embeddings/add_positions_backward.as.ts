// Gradients of add_positions. The twin of add_positions_backward.wgsl. One unit per WIDTH elements of a sequence: a chunk
// goes through the batch in them, so that it reads and writes in order and its sums stay in the cache.
import { AddPositionsBackwardArguments } from "./arguments.as";

/** A cache line; as in add_positions.ts. */
const WIDTH = 16;

export function addPositionsBackward(
  args: AddPositionsBackwardArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const length = args.T * args.C;
  const tokenLength = args.CLASS * args.C;
  const last = min(end * WIDTH, length);
  let first = begin * WIDTH;
  for (; first < min(last, tokenLength); first++) oneElement(args, first, length, tokenLength);
  const lines = last - ((last - first) & (WIDTH - 1));
  if (first < lines) wholeLines(args, first, lines, length, tokenLength);
  for (first = max(first, lines); first < last; first++) {
    oneElement(args, first, length, tokenLength);
  }
}

/** Elements of the patches, WIDTH at a time, of four sequences at a time. */
function wholeLines(
  args: AddPositionsBackwardArguments,
  first: i32,
  last: i32,
  length: i32,
  tokenLength: i32,
): void {
  const bytes = <usize> (last - first) << 2;
  const sums = args.dpositions + (<usize> first << 2);
  const dyBytes = <usize> length << 2;
  const dxBytes = <usize> (length - tokenLength) << 2;
  let dy = args.dy + (<usize> first << 2);
  let dx = args.dx + (<usize> (first - tokenLength) << 2);
  if (!args.ACCUMULATE_POSITIONS) memory.fill(sums, 0, bytes);
  let rest = args.B;
  for (; rest >= 4; rest -= 4) {
    for (let i: usize = 0; i < bytes; i += 16) {
      let at = dy + i;
      const a = v128.load(at);
      at += dyBytes;
      const b = v128.load(at);
      at += dyBytes;
      const c = v128.load(at);
      const d = v128.load(at + dyBytes);
      const sum = f32x4.add(f32x4.add(v128.load(sums + i), f32x4.add(a, b)), f32x4.add(c, d));
      at = dx + i;
      v128.store(at, a);
      at += dxBytes;
      v128.store(at, b);
      at += dxBytes;
      v128.store(at, c);
      v128.store(at + dxBytes, d);
      v128.store(sums + i, sum);
    }
    dy += 4 * dyBytes;
    dx += 4 * dxBytes;
  }
  for (; rest > 0; rest--) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const a = v128.load(dy + i);
      const sum = f32x4.add(v128.load(sums + i), a);
      v128.store(dx + i, a);
      v128.store(sums + i, sum);
    }
    dy += dyBytes;
    dx += dxBytes;
  }
}

/** One element, of the token or of a patch. */
function oneElement(
  args: AddPositionsBackwardArguments,
  i: i32,
  length: i32,
  tokenLength: i32,
): void {
  const offset = <usize> i << 2;
  const isToken = i < tokenLength;
  let sum: f32 = 0;
  for (let row = 0; row < args.B; row++) {
    const value = load<f32>(args.dy + (<usize> row * length << 2) + offset);
    sum += value;
    if (isToken) continue;
    const patch = row * (length - tokenLength) + i - tokenLength;
    store<f32>(args.dx + (<usize> patch << 2), value);
  }
  const position = args.dpositions + offset;
  store<f32>(position, args.ACCUMULATE_POSITIONS ? sum + load<f32>(position) : sum);
  if (!isToken) return;
  const token = args.dtoken + offset;
  store<f32>(token, args.ACCUMULATE_TOKEN ? sum + load<f32>(token) : sum);
}

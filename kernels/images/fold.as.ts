// The gradient of unfold, of images whose channels lie one after the other. The twin of fold.wgsl; `fold_pixels.as.ts` is
// for those whose channels lie side by side. One unit per row of an image, in all channels: what a row of a window
// adds lies in one piece, in the window as in the image.
import { FoldArguments } from "./arguments.as";

export function fold(args: FoldArguments, begin: i32, end: i32, _scratch: usize): void {
  const C = args.C;
  const H = args.H;
  const W = args.W;
  const outH = args.OUT_H;
  const outW = args.OUT_W;
  const kernel = args.KERNEL;
  const stride = args.STRIDE;
  const padding = args.PADDING;
  const hasPending = args.HAS_PENDING;
  const rowBytes = <usize> W << 2;
  const channelBytes = <usize> H * rowBytes;
  const kernelBytes = <usize> (kernel * kernel) << 2;
  const windowBytes = <usize> C * kernelBytes;
  const patches = stride == kernel && padding == 0;
  for (let unit = begin; unit < end; unit++) {
    const b = unit / H;
    const row = unit - b * H;
    const window = args.dy + <usize> (b * outH * outW) * windowBytes;
    const offset = <usize> (b * C * H + row) * rowBytes;
    let dx = args.dx + offset;
    let pending = hasPending ? args.pending + offset : 0;
    const channelsEnd = dx + <usize> C * channelBytes;
    if (patches && row < outH * kernel) {
      const down = row / kernel;
      let from = window + <usize> (down * outW) * windowBytes;
      if (unit == begin || row == down * kernel) readAhead(from, <usize> outW * windowBytes, dx);
      from += <usize> ((row - down * kernel) * kernel) << 2;
      for (; dx < channelsEnd; dx += channelBytes) {
        const end = dx + (<usize> (outW * kernel) << 2);
        if (hasPending) placeWindows(from, windowBytes, pending, dx, end, kernel, true);
        else if (kernel == 4) placeWindows(from, windowBytes, 0, dx, end, 4, false);
        else placeWindows(from, windowBytes, 0, dx, end, kernel, false);
        start(pending, dx, end, dx + rowBytes);
        if (hasPending) pending += channelBytes;
        from += kernelBytes;
      }
      continue;
    }
    for (let c = 0; c < C; c++) {
      start(pending, dx, dx, dx + rowBytes);
      for (let i = 0; i < kernel; i++) {
        const down = row + padding - i;
        if (down < 0 || down % stride != 0 || down / stride >= outH) continue;
        let from = window + <usize> (down / stride * outW) * windowBytes;
        from += <usize> c * kernelBytes + (<usize> (i * kernel) << 2);
        addWindows(from, windowBytes, outW, dx, W, kernel, stride, padding);
      }
      dx += channelBytes;
      if (hasPending) pending += channelBytes;
    }
  }
}

/** Reads patches in order, which memory does faster than what follows. `to` is where something is stored later. */
function readAhead(from: usize, bytes: usize, to: usize): void {
  let seen = 0;
  for (const end = from + bytes; from < end; from += 64) seen |= load<i32>(from);
  // Without a use the loads would be left out.
  store<i32>(to, seen);
}

/** Starts the sums of pixels `to` to `end` of a row at dx with what is pending, or zeros. */
// @inline
function start(pending: usize, dx: usize, to: usize, end: usize): void {
  for (; to < end; to += 4) store<f32>(to, pending != 0 ? load<f32>(pending + to - dx) : 0);
}

/** A row of patches that lie side by side: every pixel is in one of them. */
// @inline
function placeWindows(
  from: usize,
  windowBytes: usize,
  pending: usize,
  dx: usize,
  end: usize,
  kernel: i32,
  hasPending: bool,
): void {
  while (dx < end) {
    let at = from;
    let rest = kernel;
    for (; rest >= 4; rest -= 4) {
      const before = hasPending ? v128.load(pending) : i32x4.splat(0);
      v128.store(dx, f32x4.add(before, v128.load(at)));
      pending += 16;
      dx += 16;
      at += 16;
    }
    for (; rest > 0; rest--) {
      const before: f32 = hasPending ? load<f32>(pending) : 0;
      store<f32>(dx, before + load<f32>(at));
      pending += 4;
      dx += 4;
      at += 4;
    }
    from += windowBytes;
  }
}

/**
 * dx += one row of every window of a row of windows, the last window first: then a pixel collects from the columns of
 * its windows in order.
 */
function addWindows(
  from: usize,
  windowBytes: usize,
  windows: i32,
  dx: usize,
  W: i32,
  kernel: i32,
  stride: i32,
  padding: i32,
): void {
  let window = windows - 1;
  let left = window * stride - padding;
  from += <usize> window * windowBytes;
  for (; window >= 0; window--) {
    let at = from;
    let to = dx + (<usize> left << 2);
    let rest = kernel;
    if (left < 0) {
      rest += left;
      at -= <usize> left << 2;
      to = dx;
    }
    rest = min(rest, W - max(left, 0));
    for (; rest >= 4; rest -= 4) {
      v128.store(to, f32x4.add(v128.load(to), v128.load(at)));
      to += 16;
      at += 16;
    }
    for (; rest > 0; rest--) {
      store<f32>(to, load<f32>(to) + load<f32>(at));
      to += 4;
      at += 4;
    }
    from -= windowBytes;
    left -= stride;
  }
}

// The gradient of unfold: every element of x collects from the windows that hold it.
//   dx[b, c, row, col] = [pending +] Σ_ij dy[b, (row + PADDING - i) / STRIDE, (col + PADDING - j) / STRIDE, (c, i, j)]
// over the i and j for which both quotients are whole numbers inside the output.
// 0 dy: read (B, OUT_H, OUT_W, C KERNEL KERNEL) f32
// 1 pending: read, shape of dx, f32, if HAS_PENDING: gradient of x from its other uses
// 2 dx: write (B, C, H, W) f32 or, if CHANNELS_LAST, (B, H, W, C), COUNT elements
// One thread per element of dx.

override COUNT: u32;
override C: u32;
override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override KERNEL: u32;
override STRIDE: u32;
override PADDING: u32;
override CHANNELS_LAST: bool;
override HAS_PENDING: bool;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> pending: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.x + group.y * groups.x) * 256u + lane;
  if (index >= COUNT) { return; }
  let b = index / (C * H * W);
  var c = index / (H * W) % C;
  var row = index / W % H;
  var col = index % W;
  if (CHANNELS_LAST) {
    c = index % C;
    row = index / (C * W) % H;
    col = index / C % W;
  }
  var sum = 0.0;
  if (HAS_PENDING) { sum = pending[index]; }
  for (var i = 0u; i < KERNEL; i++) {
    // Negative distances wrap around; their quotients are beyond the output.
    let down = row + PADDING - i;
    if (down % STRIDE != 0u || down / STRIDE >= OUT_H) { continue; }
    for (var j = 0u; j < KERNEL; j++) {
      let right = col + PADDING - j;
      if (right % STRIDE != 0u || right / STRIDE >= OUT_W) { continue; }
      let position = (b * OUT_H + down / STRIDE) * OUT_W + right / STRIDE;
      sum += dy[((position * C + c) * KERNEL + i) * KERNEL + j];
    }
  }
  dx[index] = sum;
}

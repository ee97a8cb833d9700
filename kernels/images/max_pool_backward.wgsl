// The gradient of max_pool: every pixel collects from the windows that chose it.
//   dx[b, row, col, c] = [pending +] Σ_ij dy[b, oy, ox, c] where choice[b, oy, ox, c] = i KERNEL + j,
//   oy = (row + PADDING - i) / STRIDE, ox = (col + PADDING - j) / STRIDE, both whole numbers inside the output
// 0 dy: read (B, OUT_H, OUT_W, C) f32   1 choice: read, shape of dy, i32, saved by the forward pass
// 2 pending: read, shape of dx, f32, if HAS_PENDING: gradient of x from its other uses
// 3 dx: write (B, H, W, C) f32, COUNT elements
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
override HAS_PENDING: bool;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> choice: array<i32>;
@group(0) @binding(2) var<storage, read> pending: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.x + group.y * groups.x) * 256u + lane;
  if (index >= COUNT) { return; }
  let c = index % C;
  let row = index / (C * W) % H;
  let col = index / C % W;
  let b = index / (C * H * W);
  var sum = 0.0;
  if (HAS_PENDING) { sum = pending[index]; }
  for (var i = 0u; i < KERNEL; i++) {
    // Negative distances wrap around; their quotients are beyond the output.
    let down = row + PADDING - i;
    if (down % STRIDE != 0u || down / STRIDE >= OUT_H) { continue; }
    for (var j = 0u; j < KERNEL; j++) {
      let right = col + PADDING - j;
      if (right % STRIDE != 0u || right / STRIDE >= OUT_W) { continue; }
      let at = ((b * OUT_H + down / STRIDE) * OUT_W + right / STRIDE) * C + c;
      if (choice[at] == i32(i * KERNEL + j)) { sum += dy[at]; }
    }
  }
  dx[index] = sum;
}

// Largest value of every window, and zero if that is negative (max pooling after ReLU: the two commute):
//   y[b, oy, ox, c] = max(0, max_ij x[b, oy STRIDE + i - PADDING, ox STRIDE + j - PADDING, c]) over pixels of the image
// 0 x: read (B, H, W, C) f32
// 1 y: write (B, OUT_H, OUT_W, C) f32, COUNT elements
// 2 choice: write, shape of y, i32: i KERNEL + j of the largest (the first of equals), -1 where y is zero;
//   saved for the backward pass
// One thread per element of y.

override COUNT: u32;
override C: u32;
override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override KERNEL: u32;
override STRIDE: u32;
override PADDING: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> choice: array<i32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.x + group.y * groups.x) * 256u + lane;
  if (index >= COUNT) { return; }
  let c = index % C;
  let position = index / C;
  let b = position / (OUT_H * OUT_W);
  var best = 0.0;
  var chosen = -1;
  for (var i = 0u; i < KERNEL; i++) {
    // Of the padded image; below PADDING the subtraction wraps around and is beyond the image too.
    let row = position / OUT_W % OUT_H * STRIDE + i - PADDING;
    if (row >= H) { continue; }
    for (var j = 0u; j < KERNEL; j++) {
      let col = position % OUT_W * STRIDE + j - PADDING;
      if (col >= W) { continue; }
      let value = x[((b * H + row) * W + col) * C + c];
      // A NaN, which is not even equal to itself, gets through and stays.
      if (value > best || !(value == value)) {
        best = value;
        chosen = i32(i * KERNEL + j);
      }
    }
  }
  y[index] = best;
  choice[index] = chosen;
}

// The windows of a convolution as rows of a matrix: y[b, oy, ox, (c, i, j)] = x[b, c, oy STRIDE + i - PADDING, ox STRIDE + j - PADDING],
// zero outside the image. A product with weights (N, C KERNEL KERNEL) then is the convolution.
// 0 x: read (B, C, H, W) f32 or, if CHANNELS_LAST, (B, H, W, C)
// 1 y: write (B, OUT_H, OUT_W, C KERNEL KERNEL) f32, COUNT elements
// One thread per four elements of y. The gradient is fold.

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

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

fn value(i: u32) -> f32 {
  if (i >= COUNT) { return 0.0; }
  let column = i % (C * KERNEL * KERNEL);
  let position = i / (C * KERNEL * KERNEL);
  let c = column / (KERNEL * KERNEL);
  // Of the padded image; below PADDING the subtraction wraps around and is beyond the image too.
  let row = position / OUT_W % OUT_H * STRIDE + column / KERNEL % KERNEL - PADDING;
  let col = position % OUT_W * STRIDE + column % KERNEL - PADDING;
  if (row >= H || col >= W) { return 0.0; }
  let b = position / (OUT_H * OUT_W);
  if (CHANNELS_LAST) { return x[((b * H + row) * W + col) * C + c]; }
  return x[((b * C + c) * H + row) * W + col];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = (group.x + group.y * groups.x) * 256u + lane;
  let i = quad * 4u;
  if (i >= COUNT) { return; }
  y[quad] = vec4(value(i), value(i + 1u), value(i + 2u), value(i + 3u));
}

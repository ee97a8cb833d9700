// y[m, f] = act(x[m, f]) * x[m, F + f] (gated linear units: Shazeer 2020).
// KIND 0: act = silu, z * sigmoid(z)   1: act = relu2, max(z, 0)^2
// 0 x: read (M, 2F) f32, gates then values   1 y: write (M, F) f32
// One thread per four consecutive elements of y, which may span rows unless F is a multiple of 4.
// Backward reads x again.

override M: u32;
override F: u32;
override KIND: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

fn act(z: vec4<f32>) -> vec4<f32> {
  if (KIND == 1u) {
    let r = max(z, vec4<f32>());
    return r * r;
  }
  // The bound keeps exp finite; past it silu is 0 in f32.
  return z / (1.0 + exp(min(-z, vec4(87.0))));
}

// Gate and value of element i of y.
fn pair(i: u32) -> vec2<f32> {
  let m = i / F;
  if (m >= M) { return vec2<f32>(); }
  let a = m * 2u * F + i % F;
  let b = a + F;
  return vec2(x[a / 4u][a % 4u], x[b / 4u][b % 4u]);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = (group.x + group.y * groups.x) * 256u + lane;
  let i = quad * 4u;
  if (i >= M * F) { return; }
  if (F % 4u == 0u) {
    let width = F / 4u;
    let a = quad + quad / width * width;
    y[quad] = act(x[a]) * x[a + width];
    return;
  }
  let p0 = pair(i);
  let p1 = pair(i + 1u);
  let p2 = pair(i + 2u);
  let p3 = pair(i + 3u);
  y[quad] = act(vec4(p0.x, p1.x, p2.x, p3.x)) * vec4(p0.y, p1.y, p2.y, p3.y);
}

// With g = x[m, f], u = x[m, F + f]: dx[m, f] = dy[m, f] * u * act'(g), dx[m, F + f] = dy[m, f] * act(g).
// KIND 0: act = silu, s = sigmoid(g), act' = s (1 + g (1 - s))   1: act = relu2, act' = 2 max(g, 0)
// 0 x: read (M, 2F) f32   1 dy: read (M, F) f32   2 dx: write (M, 2F) f32
// F a multiple of 4: one thread per four gates and their values. Otherwise one thread per four
// consecutive elements of dx, which may span halves and rows.

override M: u32;
override F: u32;
override KIND: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

struct Activation { value: vec4<f32>, slope: vec4<f32> }

fn act(z: vec4<f32>) -> Activation {
  if (KIND == 1u) {
    let r = max(z, vec4<f32>());
    return Activation(r * r, 2.0 * r);
  }
  let s = 1.0 / (1.0 + exp(min(-z, vec4(87.0))));
  return Activation(z * s, s * (1.0 + z * (1.0 - s)));
}

fn element(i: u32) -> f32 {
  let m = i / (2u * F);
  if (m >= M) { return 0.0; }
  let f = i % F; // in both halves, because a row of dx has 2F elements
  let a = m * 2u * F + f;
  let b = a + F;
  let d = m * F + f;
  let g = act(vec4(x[a / 4u][a % 4u]));
  let u = x[b / 4u][b % 4u];
  return dy[d / 4u][d % 4u] * select(u * g.slope.x, g.value.x, i % (2u * F) >= F);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = (group.x + group.y * groups.x) * 256u + lane;
  let i = quad * 4u;
  if (F % 4u == 0u) {
    if (i >= M * F) { return; }
    let width = F / 4u;
    let a = quad + quad / width * width;
    let d = dy[quad];
    let g = act(x[a]);
    dx[a] = d * x[a + width] * g.slope;
    dx[a + width] = d * g.value;
    return;
  }
  if (i >= M * 2u * F) { return; }
  dx[quad] = vec4(element(i), element(i + 1u), element(i + 2u), element(i + 3u));
}

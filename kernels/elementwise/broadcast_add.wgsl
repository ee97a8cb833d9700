// y[i] = x[i] + b[i mod PERIOD], elementwise over COUNT elements: a bias added to every row, or positions to every sequence.
// 0 x: read (COUNT) f32   1 b: read (PERIOD) f32   2 y: write (COUNT) f32
// One thread per four elements. The gradient of b is column_sum.

override COUNT: u32;
override PERIOD: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

fn element(i: u32) -> f32 {
  let j = i % PERIOD;
  return b[j / 4u][j % 4u];
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
  if (PERIOD % 4u == 0u) {
    y[quad] = x[quad] + b[(i % PERIOD) / 4u];
    return;
  }
  let sum = x[quad] + vec4(element(i), element(i + 1u), element(i + 2u), element(i + 3u));
  // What lies past the end is the end of a buffer's alignment: kept at zero.
  let inside = vec4(0u, 1u, 2u, 3u) + i < vec4(COUNT);
  y[quad] = select(vec4<f32>(), sum, inside);
}

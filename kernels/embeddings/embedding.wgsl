// y[n, c] = table[ids[n], c]; zeros where an id is outside 0..V-1.
// 0 ids: read (N) i32   1 table: read (V, C) f32   2 y: write (N, C) f32
// One thread per four consecutive elements of y, which may span rows unless C is a multiple of 4.
// Backward needs the ids only.

override N: u32;
override V: u32;
override C: u32;

@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

fn element(i: u32) -> f32 {
  let n = i / C;
  if (n >= N) { return 0.0; }
  let id = u32(ids[n]);
  if (id >= V) { return 0.0; }
  let j = id * C + i % C;
  return table[j / 4u][j % 4u];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = (group.x + group.y * groups.x) * 256u + lane;
  let i = quad * 4u;
  if (i >= N * C) { return; }
  if (C % 4u != 0u) {
    y[quad] = vec4(element(i), element(i + 1u), element(i + 2u), element(i + 3u));
    return;
  }
  let width = C / 4u;
  let id = u32(ids[quad / width]);
  var value = vec4<f32>();
  if (id < V) { value = table[id * width + quad % width]; }
  y[quad] = value;
}

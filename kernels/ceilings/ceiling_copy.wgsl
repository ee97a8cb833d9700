// The most bytes a shader moves: y = x, over COUNT vectors of four.
// 0 x: read (COUNT) vec4<f32>   1 y: write (COUNT) vec4<f32>
// Four vectors per thread, neighboring threads at neighboring vectors.

override COUNT: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.x + group.y * groups.x) * 1024u + lane;
  if (first < COUNT) { y[first] = x[first]; }
  if (first + 256u < COUNT) { y[first + 256u] = x[first + 256u]; }
  if (first + 512u < COUNT) { y[first + 512u] = x[first + 512u]; }
  if (first + 768u < COUNT) { y[first + 768u] = x[first + 768u]; }
}

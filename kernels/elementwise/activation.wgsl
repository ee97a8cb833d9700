// y = act(x), elementwise over COUNT elements; act is in parts/activation_functions.wgsl.
// 0 x: read (COUNT) f32   1 y: write (COUNT) f32
// One thread per four elements. Backward reads x again.

override COUNT: u32;
override KIND: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = (group.x + group.y * groups.x) * 256u + lane;
  if (quad * 4u >= COUNT) { return; }
  // What lies past the end is the end of a buffer's alignment: kept at zero.
  let inside = vec4(0u, 1u, 2u, 3u) + quad * 4u < vec4(COUNT);
  y[quad] = select(vec4<f32>(), act(x[quad]), inside);
}

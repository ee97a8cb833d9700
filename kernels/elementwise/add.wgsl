// y = [y +] a [+ b], elementwise over COUNT elements.
// 0 a: read (COUNT) f32   1 b: read (COUNT) f32, if HAS_B   2 y: write (COUNT) f32
// One thread per element.

override COUNT: u32;
override HAS_B: bool;
override ACCUMULATE: bool;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= COUNT) { return; }
  var sum = a[i];
  if (HAS_B) { sum += b[i]; }
  if (ACCUMULATE) { sum += y[i]; }
  y[i] = sum;
}

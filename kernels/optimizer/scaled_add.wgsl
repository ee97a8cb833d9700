// y ← βy + αx elementwise, α and β being scalars of the optimizer among the step values: what simple optimizers are
// made of. If ‖g‖ is not finite nothing changes.
//
// 0 x: read (COUNT) f32   1 norm: read (1) f32 = ‖g‖   2 y: read and write (COUNT) f32
// 3 step values: α is the word X_SCALAR, β the word Y_SCALAR
// One thread per four elements; COUNT is a multiple of four.

override COUNT: u32;
override X_SCALAR: u32;
override Y_SCALAR: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> norm: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> step: array<vec4<f32>, 4>;

// Compilers may assume that no value is NaN; the bits tell.
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= COUNT / 4u || !is_finite(norm[0])) { return; }
  let alpha = step[X_SCALAR / 4u][X_SCALAR % 4u];
  let beta = step[Y_SCALAR / 4u][Y_SCALAR % 4u];
  y[i] = beta * y[i] + alpha * x[i];
}

// Partial sums of the squared gradient: partials[i] = Σ over this workgroup's share of g².
//
// 0 gradients: read (COUNT) f32   1 partials: write (256) f32
// COUNT is a multiple of four: parameters are aligned. 256 workgroups of 256; step_record.wgsl adds the partial sums up in a fixed order.

override COUNT: u32;

@group(0) @binding(0) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum = 0.0;
  for (var i = group.x * 256u + lane; i < COUNT / 4u; i += 65536u) {
    sum += dot(gradients[i], gradients[i]);
  }
  partial[lane] = sum;
  for (var half = 128u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  if (lane == 0u) { partials[group.x] = partial[0]; }
}

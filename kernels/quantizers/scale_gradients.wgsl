// Gradients of learned scales that several rows share: the sums of weight_gradients.wgsl over the rows, times the factor.
//
// 0 sums: read (ROWS) f32   1 rows: read (ROWS, 8) u32, see quantize_weights.wgsl
// 2 formats: read (matrices, 12) f32, see weight_gradients.wgsl
// 3 gradients: write f32, laid out like the parameters
// One workgroup of 64 per row; those that are not the first of a group have nothing to do.

override ROWS: u32;

@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> formats: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;

const LEARNED = 5.0;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.x + group.y * groups.x;
  if (row >= ROWS) { return; }
  let segment = rows[2u * row + 1u];
  if (segment.x != row || segment.y == 1u || formats[3u * segment.z].x != LEARNED) { return; }
  var sum = 0.0;
  for (var i = lane; i < segment.y; i += 64u) { sum += sums[row + i]; }
  partial[lane] = sum;
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  if (lane == 0u) { gradients[segment.w] = formats[3u * segment.z + 2u].z * partial[0]; }
}

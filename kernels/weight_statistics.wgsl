// Row statistics of every quantized weight matrix: (Σ|w|, Σw, max|w|, 0) of each row.
//
// 0 parameters: read f32, the flat buffer   1 rows: read (ROWS, 8) u32, see quantize_weights.wgsl
// 2 statistics: write (ROWS) vec4<f32>
// One workgroup of 64 per row; a fixed tree, so the sums do not depend on scheduling.

override ROWS: u32;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> statistics: array<vec4<f32>>;

var<workgroup> partial: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.x + group.y * groups.x;
  if (row >= ROWS) { return; }
  let offset = rows[2u * row].x;
  let columns = rows[2u * row].y;
  var sum = vec4<f32>();
  for (var k = lane; k < columns; k += 64u) {
    let w = parameters[offset + k];
    sum = vec4<f32>(sum.x + abs(w), sum.y + w, max(sum.z, abs(w)), 0.0);
  }
  partial[lane] = sum;
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) {
      let a = partial[lane];
      let b = partial[lane + half];
      partial[lane] = vec4<f32>(a.x + b.x, a.y + b.y, max(a.z, b.z), 0.0);
    }
  }
  if (lane == 0u) { statistics[row] = partial[0]; }
}

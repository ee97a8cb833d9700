// Row statistics of every quantized weight matrix: (Σ|w|, Σw, max|w|, Σw²) of each row. With a threshold the row's
// weights above it count apart: (Σ|w|, Σ|w| above τ·mean|w|, max|w|, their number). Where the scale is learned, nothing.
//
// 0 parameters: read f32, the flat buffer   1 rows: read (ROWS, 8) u32, see quantize_weights.wgsl
// 2 formats: read (matrices, 12) f32, likewise   3 thresholds: read f32, τ of each matrix
// 4 statistics: write (ROWS) vec4<f32>
// One workgroup of 64 per row; a fixed tree, so the sums do not depend on scheduling.

override ROWS: u32;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> formats: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> thresholds: array<f32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec4<f32>>;

const LEARNED = 5.0;
const THRESHOLD = 4.0;

var<workgroup> partial: array<vec4<f32>, 64>;

// Sums of all lanes, but the largest of the third.
fn reduce(own: vec4<f32>, lane: u32) -> vec4<f32> {
  partial[lane] = own;
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) {
      let a = partial[lane];
      let b = partial[lane + half];
      partial[lane] = vec4<f32>(a.x + b.x, a.y + b.y, max(a.z, b.z), a.w + b.w);
    }
  }
  workgroupBarrier();
  return partial[0];
}

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
  let matrix = rows[2u * row + 1u].z;
  let format = formats[3u * matrix];
  if (format.x == LEARNED) { return; }
  var sum = vec4<f32>();
  for (var k = lane; k < columns; k += 64u) {
    let w = parameters[offset + k];
    sum = vec4<f32>(sum.x + abs(w), sum.y + w, max(sum.z, abs(w)), sum.w + w * w);
  }
  var total = reduce(sum, lane);
  if (format.y == THRESHOLD) {
    let dead = thresholds[matrix] * (total.x / f32(columns));
    var above = vec4<f32>();
    for (var k = lane; k < columns; k += 64u) {
      let size = abs(parameters[offset + k]);
      if (size > dead) { above += vec4<f32>(0.0, size, 0.0, 1.0); }
    }
    workgroupBarrier();
    let sums = reduce(above, lane);
    total = vec4<f32>(total.x, sums.y, total.z, sums.w);
  }
  if (lane == 0u) { statistics[row] = total; }
}

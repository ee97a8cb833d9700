// From the gradients of quantized weights Ŵ to those of the latent weights w and of learned scales, in place (Esser et al.,
// arXiv 1902.08153; Liu et al., arXiv 2502.02631). With a = max(statistic or learned parameter α, minimum), r = w / a:
//
//   dw = dŵ where clip low ≤ r ≤ clip high, else 0
//   dα = factor · Σ dŵ · (code / divisor − r inside the clip range, a constant below it, another above it;
//                         code / divisor everywhere for the rounding sign)
//
// 0 parameters: read f32, the flat buffer   1 rows: read (ROWS, 8) u32, see quantize_weights.wgsl
// 2 formats: read (matrices, 12) f32: statistic, rounding, divisor, minimum, low, high, clip low, clip high,
//         dŵ/dα below, dŵ/dα above, factor, 0
// 3 codes: read, i8 packed four to a word   4 scales: read f32
// 5 gradients: read and write f32, laid out like the parameters
// 6 sums: write (ROWS) f32, the sum of each row of a group of several rows, for scale_gradients.wgsl
// One workgroup of 64 per row; a fixed tree, so the sums do not depend on scheduling.

override ROWS: u32;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> formats: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> codes: array<u32>;
@group(0) @binding(4) var<storage, read> scales: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(6) var<storage, read_write> sums: array<f32>;

const LEARNED = 5.0;
const SIGN = 2.0;
const FAR = 1e38;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.x + group.y * groups.x;
  if (row >= ROWS) { return; }
  let place = rows[2u * row];
  let segment = rows[2u * row + 1u];
  let format = formats[3u * segment.z];
  let ranges = formats[3u * segment.z + 1u];
  let slopes = formats[3u * segment.z + 2u];
  let learned = format.x == LEARNED;
  if (!learned && ranges.z < -FAR && ranges.w > FAR) { return; }
  let a = scales[place.w] * format.z;
  var sum = 0.0;
  for (var k = lane; k < place.y; k += 64u) {
    let ratio = parameters[place.x + k] / a;
    let gradient = gradients[place.x + k];
    let code = f32(extractBits(bitcast<i32>(codes[place.z + k / 4u]), 8u * (k % 4u), 8u));
    var slope = code / format.z;
    if (format.y != SIGN) {
      slope -= ratio;
      if (ratio < ranges.z) { slope = slopes.x; }
      if (ratio > ranges.w) { slope = slopes.y; }
    }
    sum += gradient * slope;
    if (ratio < ranges.z || ratio > ranges.w) { gradients[place.x + k] = 0.0; }
  }
  if (!learned) { return; }
  partial[lane] = sum;
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  if (lane > 0u) { return; }
  if (segment.y == 1u) {
    gradients[segment.w] = slopes.z * partial[0];
  } else {
    sums[row] = partial[0];
  }
}

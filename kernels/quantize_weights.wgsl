// Codes and steps of every quantized weight matrix of the model, in one dispatch.
//
//   scheme 0, sign (arXiv 2310.11453):    s = mean|W|,            code = W − mean(W) ≥ 0 ? 1 : −1
//   scheme 1, absmean (arXiv 2402.17764): s = max(mean|W|, 1e-5), code = clamp(round(W / s), −1, 1)
//
// The statistics are those of a row's segment: the matrix (granularity tensor) or the row itself.
//
// 0 parameters: read f32, the flat buffer
// 1 rows: read (ROWS, 8) u32: first element, columns, first word of codes, index of the step,
//         first row of the segment, rows of the segment, scheme, largest code
// 2 statistics: read (ROWS) vec4<f32> = (Σ|w|, Σw, max|w|, 0) of each row
// 3 codes: write, i8 packed four to a word, rows padded with zeros   4 steps: write f32, one per row
// One workgroup of 64 per row, which first sums the statistics of its segment in a fixed order.

override ROWS: u32;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;
@group(0) @binding(4) var<storage, read_write> steps: array<f32>;

const SIGN = 0u;
const MIN_STATISTIC = 1e-5;

var<workgroup> partial: array<vec4<f32>, 64>;

fn quantize(w: f32, mean: f32, step: f32, scheme: u32, limit: f32) -> i32 {
  if (scheme == SIGN) { return select(-1, 1, w - mean >= 0.0); }
  return i32(clamp(round(w / step), -limit, limit));
}

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
  let columns = place.y;

  var sum = vec4<f32>();
  for (var i = lane; i < segment.y; i += 64u) {
    let s = statistics[segment.x + i];
    sum = vec4<f32>(sum.x + s.x, sum.y + s.y, max(sum.z, s.z), 0.0);
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
  workgroupBarrier();
  let total = partial[0];
  let count = f32(segment.y) * f32(columns);
  let scheme = segment.z;
  let limit = f32(segment.w);
  let mean = total.y / count;
  var step = total.x / count;
  if (scheme != SIGN) { step = max(step, MIN_STATISTIC); }

  for (var word = lane; word < (columns + 3u) / 4u; word += 64u) {
    var packed = vec4<i32>();
    for (var j = 0u; j < 4u; j++) {
      let k = 4u * word + j;
      if (k < columns) {
        packed[j] = quantize(parameters[place.x + k], mean, step, scheme, limit);
      }
    }
    codes[place.z + word] = pack4xI8(packed);
  }
  if (lane == 0u) { steps[place.w] = step; }
}

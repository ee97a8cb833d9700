// Codes and scales of every quantized weight matrix of the model, in one dispatch. How is stated by the format of the
// matrix (src/quant/quantizer.ts), so that a new quantizer is a row of numbers:
//
//   scale s = max(statistic, minimum) / divisor, the statistic that of the group which shares the scale:
//     0 mean|w|   1 median|w|   2 max|w|   3 √mean(w²)   4 Σ|w| / max(number, 1e-6) of the weights above the threshold
//     5 none, but a parameter: the scale is learned
//   code, rounding half to even:
//     0 nearest: clamp(round(w / s), low, high)   1 odd: clamp(2 round(w / 2s − ½) + 1, low, high)
//     2 sign: sign(w)   3 centred sign: w − mean(w) ≥ 0 ? 1 : −1
//     4 threshold: |w| > τ·mean|w of the row| ? sign(w) : 0
//
// 0 parameters: read f32, the flat buffer
// 1 rows: read (ROWS, 8) u32: first element, columns, first word of codes, index of the scale,
//         first row of the group, rows of the group, matrix, element that is the parameter of a learned scale;
//         where rows of a matrix are divided into groups, each of these is a row of the table
// 2 formats: read (matrices, 12) f32: statistic, rounding, divisor, minimum, low, high; the others are for
//         weight_gradients.wgsl
// 3 thresholds: read f32, τ of each matrix
// 4 statistics: read (ROWS) vec4<f32> of each row, from weight_statistics.wgsl; the fourth of the first row of a
//         group is its median, from weight_medians.wgsl, where the statistic is the median
// 5 codes: write, i8 packed four to a word, rows padded with zeros   6 scales: write f32, one per row
// One workgroup of 64 per row, which first sums the statistics of its group in a fixed order.

override ROWS: u32;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> formats: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> thresholds: array<f32>;
@group(0) @binding(4) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> codes: array<u32>;
@group(0) @binding(6) var<storage, read_write> scales: array<f32>;

const MEAN = 0u;
const MEDIAN = 1u;
const MAXIMUM = 2u;
const ROOT_MEAN_SQUARE = 3u;
const LEARNED = 5u;
const NEAREST = 0u;
const ODD = 1u;
const SIGN = 2u;
const CENTRED_SIGN = 3u;

var<workgroup> partial: array<vec4<f32>, 64>;

// Of the sums of a group of `count` weights and its median.
fn statisticOf(kind: u32, sums: vec4<f32>, count: f32, median: f32) -> f32 {
  if (kind == MEAN) { return sums.x / count; }
  if (kind == MEDIAN) { return median; }
  if (kind == MAXIMUM) { return sums.z; }
  if (kind == ROOT_MEAN_SQUARE) { return sqrt(sums.w / count); }
  return sums.y / max(sums.w, 1e-6);
}

// `middle` is the mean of the group for the centred sign, the magnitude up to which a weight is 0 for the threshold.
fn quantize(w: f32, rounding: u32, scale: f32, middle: f32, low: f32, high: f32) -> i32 {
  if (rounding == NEAREST) { return i32(clamp(round(w / scale), low, high)); }
  if (rounding == ODD) { return i32(clamp(2.0 * round(w / (2.0 * scale) - 0.5) + 1.0, low, high)); }
  if (rounding == SIGN) { return i32(sign(w)); }
  if (rounding == CENTRED_SIGN) { return select(-1, 1, w - middle >= 0.0); }
  return select(0, i32(sign(w)), abs(w) > middle);
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
  let format = formats[3u * segment.z];
  let range = formats[3u * segment.z + 1u];

  var sum = vec4<f32>();
  for (var i = lane; i < segment.y; i += 64u) {
    let s = statistics[segment.x + i];
    sum = vec4<f32>(sum.x + s.x, sum.y + s.y, max(sum.z, s.z), sum.w + s.w);
  }
  partial[lane] = sum;
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) {
      let a = partial[lane];
      let b = partial[lane + half];
      partial[lane] = vec4<f32>(a.x + b.x, a.y + b.y, max(a.z, b.z), a.w + b.w);
    }
  }
  workgroupBarrier();
  let total = partial[0];
  let count = f32(segment.y) * f32(columns);
  let rounding = u32(format.y);
  let kind = u32(format.x);
  var statistic = statisticOf(kind, total, count, statistics[segment.x].w);
  if (kind == LEARNED) { statistic = parameters[segment.w]; }
  let scale = max(statistic, format.w) / format.z;
  var middle = total.y / count;
  if (rounding != CENTRED_SIGN) {
    middle = thresholds[segment.z] * (statistics[row].x / f32(columns));
  }

  for (var word = lane; word < (columns + 3u) / 4u; word += 64u) {
    var packed = vec4<i32>();
    for (var j = 0u; j < 4u; j++) {
      let k = 4u * word + j;
      if (k < columns) {
        packed[j] = quantize(parameters[place.x + k], rounding, scale, middle, range.x, range.y);
      }
    }
    codes[place.z + word] = pack4xI8(packed);
  }
  if (lane == 0u) { scales[place.w] = scale; }
}

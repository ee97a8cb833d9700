// Layer norm of every row, then, if BITS < 32, absmax quantization of the row ("per token"):
//   y = w * (x - m) * r + b,  m = mean(x),  r = 1 / sqrt(mean((x - m)²) + EPS)   (Ba et al. 2016, arXiv 1607.06450)
//   inverse = q / max(max|y|, 1e-5),  q = 2^(BITS-1) - 1
//   codes = clamp(round(y * inverse), -q-1, q),  scale = 1 / inverse   (BitNet b1.58, arXiv 2402.17764)
//
// 0 x: read (ROWS, D) f32    1 w: read (D) f32    2 b: read (D) f32
// 3 y: write (ROWS, D) f32, or codes (ROWS, D) i8     4 scales: write (ROWS) f32, if BITS < 32
// 5 moments: write (ROWS, 2) f32: m and r of each row; saved for the backward pass
//
// One workgroup of LANES (a power of two) per row; a lane takes four columns at a time and keeps its
// first four in registers; the others it reads again, from the cache.

override ROWS: u32;
override D: u32;
override EPS: f32;
override BITS: u32;
override LANES: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;
@group(0) @binding(5) var<storage, read_write> moments: array<vec2<f32>>;

const MIN_PEAK = 1e-5;
const LARGEST = 3.4028234e38;

var<workgroup> partial: array<f32, LANES>;

fn element(i: u32) -> f32 {
  return x[i / 4u][i % 4u];
}

fn withinRow(word: u32, value: vec4<f32>) -> vec4<f32> {
  return select(vec4(0.0), value, vec4(4u * word) + vec4(0u, 1u, 2u, 3u) < vec4(D));
}

// Four columns of x - shift; zero beyond the end of the row.
fn shifted(row: u32, word: u32, shift: f32) -> vec4<f32> {
  let i = row * D + 4u * word;
  if (D % 4u == 0u) { return x[i / 4u] - shift; }
  let value = vec4(element(i), element(i + 1u), element(i + 2u), element(i + 3u));
  return withinRow(word, value - shift);
}

// Four columns of y, from x - m.
fn normalized(word: u32, centered: vec4<f32>, r: f32) -> vec4<f32> {
  return withinRow(word, fma(w[word] * centered, vec4(r), b[word]));
}

fn sumOverRow(lane: u32, value: vec4<f32>) -> f32 {
  workgroupBarrier();
  partial[lane] = (value.x + value.y) + (value.z + value.w);
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width /= 2u) {
    if (lane < width) { partial[lane] += partial[lane + width]; }
    workgroupBarrier();
  }
  return partial[0];
}

fn peakOverRow(lane: u32, value: vec4<f32>) -> f32 {
  workgroupBarrier();
  partial[lane] = max(max(value.x, value.y), max(value.z, value.w));
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width /= 2u) {
    if (lane < width) { partial[lane] = max(partial[lane], partial[lane + width]); }
    workgroupBarrier();
  }
  return partial[0];
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.x + group.y * groups.x;
  if (row >= ROWS) { return; }
  let words = (D + 3u) / 4u;

  var first = vec4(0.0);
  if (lane < words) { first = shifted(row, lane, 0.0); }
  var sum = first;
  for (var word = lane + LANES; word < words; word += LANES) { sum += shifted(row, word, 0.0); }
  let m = sumOverRow(lane, sum) / f32(D);

  if (lane < words) { first = withinRow(lane, first - m); }
  var squares = first * first;
  for (var word = lane + LANES; word < words; word += LANES) {
    let centered = shifted(row, word, m);
    squares += centered * centered;
  }
  let r = 1.0 / sqrt(sumOverRow(lane, squares) / f32(D) + EPS);
  if (lane == 0u) { moments[row] = vec2(m, r); }

  if (BITS == 32u) {
    for (var word = lane; word < words; word += LANES) {
      var centered = first;
      if (word != lane) { centered = shifted(row, word, m); }
      let value = bitcast<vec4<u32>>(normalized(word, centered, r));
      let column = 4u * word;
      let start = row * D + column;
      y[start] = value.x;
      if (column + 1u < D) { y[start + 1u] = value.y; }
      if (column + 2u < D) { y[start + 2u] = value.z; }
      if (column + 3u < D) { y[start + 3u] = value.w; }
    }
    return;
  }

  var peaks = vec4(0.0);
  for (var word = lane; word < words; word += LANES) {
    var centered = first;
    if (word != lane) { centered = shifted(row, word, m); }
    peaks = max(peaks, abs(normalized(word, centered, r)));
  }
  let q = f32((1u << (BITS - 1u)) - 1u);
  let peak = peakOverRow(lane, peaks);
  // A NaN anywhere in the row is in r, and must get through: it is no number at most LARGEST.
  let bound = select(r, max(peak, MIN_PEAK), r <= LARGEST);
  // GPUs may divide to within 2.5 ulp only; one correction makes 127 / 127 exactly 1, so that values
  // halfway between two codes stay there.
  let quotient = q / bound;
  let inverse = fma(fma(-quotient, bound, q), 1.0 / bound, quotient);
  if (lane == 0u) { scales[row] = bound / q; }
  for (var word = lane; word < words; word += LANES) {
    var centered = first;
    if (word != lane) { centered = shifted(row, word, m); }
    let rounded = round(normalized(word, centered, r) * inverse);
    y[row * words + word] = pack4xI8(vec4<i32>(clamp(rounded, vec4(-q - 1.0), vec4(q))));
  }
}

// RMS norm of every row, then, if BITS < 32, absmax quantization of the row ("per token"):
//   h = x, or act(gate) * up with x = (gate, up) and act = silu (GLU 1) or relu² (GLU 2)
//   y = w * h * r,  r = 1 / sqrt(mean(h²) + EPS)     (Zhang & Sennrich 2019, arXiv 1910.07467)
//   inverse = q / max(max|y|, 1e-5),  q = 2^(BITS-1) - 1
//   codes = clamp(round(y * inverse), -q-1, q),  scale = 1 / inverse   (BitNet b1.58, arXiv 2402.17764)
// Without NORM the rows of x are quantized as they are. With PEAKS, y is float and max|y| of every row is kept, for
// a quantizer of the whole tensor: running_max.wgsl.
//
// 0 x: read (ROWS, D) or, with GLU, (ROWS, 2D) f32    1 w: read (D) f32, if NORM
// 2 y: write (ROWS, D) f32, or codes (ROWS, D) i8     3 scales: write (ROWS) f32, if BITS < 32, or max|y|, if PEAKS
// 4 r: write (ROWS) f32, if NORM; saved for the backward pass
//
// One workgroup of LANES (a power of two) per row; a lane takes four columns at a time and keeps its
// first four in registers; the others it reads again, from the cache.

override ROWS: u32;
override D: u32;
override EPS: f32;
override BITS: u32;
override GLU: u32;
override NORM: bool;
override PEAKS: bool;
override LANES: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<f32>;
@group(0) @binding(4) var<storage, read_write> r: array<f32>;

const MIN_PEAK = 1e-5;

// Sum of squares and largest |w h| of the columns a lane has seen.
var<workgroup> partial: array<vec2<f32>, LANES>;

fn element(i: u32) -> f32 {
  return x[i / 4u][i % 4u];
}

fn load(first: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return x[first / 4u]; }
  return vec4(element(first), element(first + 1u), element(first + 2u), element(first + 3u));
}

fn withinRow(word: u32, value: vec4<f32>) -> vec4<f32> {
  return select(vec4(0.0), value, vec4(4u * word) + vec4(0u, 1u, 2u, 3u) < vec4(D));
}

// Four columns of h; zero beyond the end of the row.
fn hidden(row: u32, word: u32) -> vec4<f32> {
  if (GLU == 0u) { return withinRow(word, load(row * D + 4u * word)); }
  let gate = load(row * 2u * D + 4u * word);
  let up = load(row * 2u * D + D + 4u * word);
  let positive = max(gate, vec4(0.0));
  let activated = select(positive * positive, gate / (1.0 + exp(-gate)), GLU == 1u);
  return withinRow(word, activated * up);
}

// Four columns of w h; maximum and rounding commute with the positive factor r.
fn scaled(word: u32, h: vec4<f32>) -> vec4<f32> {
  if (!NORM) { return h; }
  return withinRow(word, w[word] * h);
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
  if (lane < words) { first = hidden(row, lane); }
  var squares = first * first;
  var peaks = abs(scaled(min(lane, words - 1u), first));
  for (var word = lane + LANES; word < words; word += LANES) {
    let h = hidden(row, word);
    squares += h * h;
    peaks = max(peaks, abs(scaled(word, h)));
  }
  partial[lane] = vec2(
    (squares.x + squares.y) + (squares.z + squares.w),
    max(max(peaks.x, peaks.y), max(peaks.z, peaks.w)),
  );
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width /= 2u) {
    if (lane < width) {
      let a = partial[lane];
      let b = partial[lane + width];
      partial[lane] = vec2(a.x + b.x, max(a.y, b.y));
    }
    workgroupBarrier();
  }

  var factor = 1.0;
  if (NORM) { factor = 1.0 / sqrt(partial[0].x / f32(D) + EPS); }
  if (NORM && lane == 0u) { r[row] = factor; }

  if (BITS == 32u) {
    if (PEAKS && lane == 0u) { scales[row] = partial[0].y * factor; }
    for (var word = lane; word < words; word += LANES) {
      var h = first;
      if (word != lane) { h = hidden(row, word); }
      let value = bitcast<vec4<u32>>(scaled(word, h) * factor);
      let column = 4u * word;
      let start = row * D + column;
      y[start] = value.x;
      if (column + 1u < D) { y[start + 1u] = value.y; }
      if (column + 2u < D) { y[start + 2u] = value.z; }
      if (column + 3u < D) { y[start + 3u] = value.w; }
    }
    return;
  }

  let q = f32((1u << (BITS - 1u)) - 1u);
  let peak = partial[0].y * factor;
  // Not max(): a NaN must get through.
  let bound = select(peak, MIN_PEAK, peak < MIN_PEAK);
  // GPUs may divide to within 2.5 ulp only; one correction makes 127 / 127 exactly 1, so that values
  // halfway between two codes stay there.
  let quotient = q / bound;
  let inverse = fma(fma(-quotient, bound, q), 1.0 / bound, quotient);
  if (lane == 0u) { scales[row] = bound / q; }
  for (var word = lane; word < words; word += LANES) {
    var h = first;
    if (word != lane) { h = hidden(row, word); }
    let rounded = round(scaled(word, h) * factor * inverse);
    y[row * words + word] = pack4xI8(vec4<i32>(clamp(rounded, vec4(-q - 1.0), vec4(q))));
  }
}

// Activation function, then absmax quantization of every row ("per token"):
//   h = act(x), KIND: 0 silu   1 relu2   2 gelu   3 gelu_tanh   4 quick_gelu, as in activation.wgsl
//   inverse = q / max(max|h|, 1e-5),  q = 2^(BITS-1) - 1
//   codes = clamp(round(h * inverse), -q-1, q),  scale = 1 / inverse   (BitNet b1.58, arXiv 2402.17764)
//
// 0 x: read (ROWS, D) f32   1 codes: write (ROWS, D) i8   2 scales: write (ROWS) f32
//
// One workgroup of LANES (a power of two) per row; a lane takes four columns at a time and keeps act of its
// first eight in registers; the others it computes again. Backward is activation_backward, which reads x.

override ROWS: u32;
override D: u32;
override KIND: u32;
override BITS: u32;
override LANES: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> codes: array<u32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;

const MIN_PEAK = 1e-5;
const LARGEST = 3.4028234e38;

// Largest |h|, and the sum of h, which is no number if one of them is none.
var<workgroup> partial: array<vec2<f32>, LANES>;

fn element(i: u32) -> f32 {
  return x[i / 4u][i % 4u];
}

// Four columns of h; zero beyond the end of the row.
fn hidden(row: u32, word: u32) -> vec4<f32> {
  let i = row * D + 4u * word;
  if (D % 4u == 0u) { return act(x[i / 4u]); }
  let value = vec4(element(i), element(i + 1u), element(i + 2u), element(i + 3u));
  return select(vec4(0.0), act(value), vec4(4u * word) + vec4(0u, 1u, 2u, 3u) < vec4(D));
}

fn pack(h: vec4<f32>, inverse: f32, q: f32) -> u32 {
  return pack4xI8(vec4<i32>(clamp(round(h * inverse), vec4(-q - 1.0), vec4(q))));
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
  var second = vec4(0.0);
  if (lane < words) { first = hidden(row, lane); }
  if (lane + LANES < words) { second = hidden(row, lane + LANES); }
  var peaks = max(abs(first), abs(second));
  var sums = first + second;
  for (var word = lane + 2u * LANES; word < words; word += LANES) {
    let h = hidden(row, word);
    peaks = max(peaks, abs(h));
    sums += h;
  }
  partial[lane] = vec2(
    max(max(peaks.x, peaks.y), max(peaks.z, peaks.w)),
    (sums.x + sums.y) + (sums.z + sums.w),
  );
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width /= 2u) {
    if (lane < width) {
      let a = partial[lane];
      let b = partial[lane + width];
      partial[lane] = vec2(max(a.x, b.x), a.y + b.y);
    }
    workgroupBarrier();
  }

  let q = f32((1u << (BITS - 1u)) - 1u);
  let sum = partial[0].y;
  // max() may lose a NaN, the sum does not.
  let bound = select(sum, max(partial[0].x, MIN_PEAK), abs(sum) <= LARGEST);
  // GPUs may divide to within 2.5 ulp only; one correction makes 127 / 127 exactly 1, so that values
  // halfway between two codes stay there.
  let quotient = q / bound;
  let inverse = fma(fma(-quotient, bound, q), 1.0 / bound, quotient);
  if (lane == 0u) { scales[row] = bound / q; }
  if (lane < words) { codes[row * words + lane] = pack(first, inverse, q); }
  if (lane + LANES < words) { codes[row * words + lane + LANES] = pack(second, inverse, q); }
  for (var word = lane + 2u * LANES; word < words; word += LANES) {
    codes[row * words + word] = pack(hidden(row, word), inverse, q);
  }
}

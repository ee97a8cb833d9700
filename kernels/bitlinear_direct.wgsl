// Y[m, n] = (sum over k of X[m, k] * W[n, k]) * (x[m] * w[n])  (+ R[m, n]) (+ bias[n]): the linear layer of
// BitNet b1.58 (Ma et al., 2024, arXiv:2402.17764), on adapters that emulate a GPU on the processor.
// 0 X: read (M, K) i8, rows padded to whole words with 0   1 x: read (M) f32, the step of each row of X
// 2 W: read (N, K) i8, likewise                            3 w: read (N) f32, the step of each row of W
// 4 R: read (M, N) f32, if HAS_RESIDUAL                 5 bias: read (N) f32, if HAS_BIAS
// 6 Y: write (M, N) f32
// One workgroup per 32 rows and 16 columns of Y; one thread per 8 × 8 block of Y.

override M: u32;
override N: u32;
override K: u32;
override HAS_RESIDUAL: bool;
override HAS_BIAS: bool;

// A product of codes is at most 2^14, so this many words of four can be summed in f32 without rounding.
const EXACT_WORDS = 256u;

@group(0) @binding(0) var<storage, read> xCodes: array<u32>;
@group(0) @binding(1) var<storage, read> xSteps: array<f32>;
@group(0) @binding(2) var<storage, read> wCodes: array<u32>;
@group(0) @binding(3) var<storage, read> wSteps: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

fn words() -> u32 { return (K + 3u) / 4u; }

fn fourX(m: u32, word: u32) -> vec4<f32> {
  return vec4<f32>(unpack4xI8(xCodes[m * words() + word]));
}

fn fourW(n: u32, word: u32) -> vec4<f32> {
  return vec4<f32>(unpack4xI8(wCodes[n * words() + word]));
}

// Vector i of the result: four codes of row m + i.
fn blockX(m: u32, word: u32) -> mat4x4<f32> {
  return mat4x4<f32>(
    fourX(m, word), fourX(m + 1u, word), fourX(m + 2u, word), fourX(m + 3u, word));
}

// Vector j of the result: code j of rows n .. n + 3.
fn blockW(n: u32, word: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(
    fourW(n, word), fourW(n + 1u, word), fourW(n + 2u, word), fourW(n + 3u, word)));
}

struct Sums {
  row0: vec4<i32>,
  row1: vec4<i32>,
  row2: vec4<i32>,
  row3: vec4<i32>,
}

fn added(sums: Sums, part: mat4x4<f32>) -> Sums {
  return Sums(
    sums.row0 + vec4<i32>(part[0]),
    sums.row1 + vec4<i32>(part[1]),
    sums.row2 + vec4<i32>(part[2]),
    sums.row3 + vec4<i32>(part[3]));
}

fn store(m: u32, n: u32, sum: i32) {
  if (m >= M || n >= N) { return; }
  let i = m * N + n;
  var value = f32(sum) * (xSteps[m] * wSteps[n]);
  if (HAS_RESIDUAL) { value += residual[i]; }
  if (HAS_BIAS) { value += bias[n]; }
  y[i] = value;
}

fn storeFour(m: u32, n: u32, sums: vec4<i32>) {
  store(m, n, sums.x);
  store(m, n + 1u, sums.y);
  store(m, n + 2u, sums.z);
  store(m, n + 3u, sums.w);
}

fn storeBlock(m: u32, n: u32, sums: Sums) {
  storeFour(m, n, sums.row0);
  storeFour(m + 1u, n, sums.row1);
  storeFour(m + 2u, n, sums.row2);
  storeFour(m + 3u, n, sums.row3);
}

// Flat, because software adapters fill their vectors along x only.
@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let m = (group.y * 4u + lane / 2u) * 8u;
  let n = (group.x * 2u + lane % 2u) * 8u;

  var y00 = Sums();
  var y01 = Sums();
  var y10 = Sums();
  var y11 = Sums();
  // The processor multiplies floats faster than integers: whole numbers in f32, carried over to i32 before
  // they could round.
  for (var begin = 0u; begin < words(); begin += EXACT_WORDS) {
    let end = min(begin + EXACT_WORDS, words());
    var c00 = mat4x4<f32>();
    var c01 = mat4x4<f32>();
    var c10 = mat4x4<f32>();
    var c11 = mat4x4<f32>();
    for (var word = begin; word < end; word++) {
      let x0 = blockX(m, word);
      let x1 = blockX(m + 4u, word);
      let w0 = blockW(n, word);
      let w1 = blockW(n + 4u, word);
      c00 += w0 * x0;
      c01 += w1 * x0;
      c10 += w0 * x1;
      c11 += w1 * x1;
    }
    y00 = added(y00, c00);
    y01 = added(y01, c01);
    y10 = added(y10, c10);
    y11 = added(y11, c11);
  }
  storeBlock(m, n, y00);
  storeBlock(m, n + 4u, y01);
  storeBlock(m + 4u, n, y10);
  storeBlock(m + 4u, n + 4u, y11);
}

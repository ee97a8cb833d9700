// C[m, n] = sum over k of op(A)[m, k] * Q[k, n] * s[k]  (+ R[m, n] if HAS_RESIDUAL) (+ C[m, n] if ACCUMULATE):
// a matrix times a quantized matrix, for the gradients of BitLinear, on adapters that emulate a GPU on the
// processor: workgroup memory and barriers would only cost.
// 0 A: read (M, K) f32, or (K, M) if TRANSPOSE_A
// 1 Q: read (K, N) i8, rows padded to whole words   2 s: read (K) f32, the scale of each row of Q; with a GROUP
//   above 0 (N / GROUP, K), that of each GROUP columns of it
// 3 R: read (M, N) f32, if HAS_RESIDUAL
// 4 C: write (M, N) f32
// One workgroup per 32 rows and 16 columns of C; one thread per 8 × 8 block of C.

override M: u32;
override N: u32;
override K: u32;
override GROUP: u32;
override TRANSPOSE_A: bool;
override HAS_RESIDUAL: bool;
override ACCUMULATE: bool;
// Bits that A may be rounded to. Here floats lose nothing against integers, so it never is.
override BITS_A: u32;

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

fn elementA(m: u32, k: u32) -> f32 {
  let i = select(m * K + k, k * M + m, TRANSPOSE_A);
  return a[i / 4u][i % 4u];
}

// The four elements that begin `shift` elements into two neighboring vectors.
fn straddle(low: vec4<f32>, high: vec4<f32>, shift: u32) -> vec4<f32> {
  let by2 = (shift & 2u) != 0u;
  let head = select(low, vec4<f32>(low.zw, high.xy), by2);
  let next = select(high.x, high.z, by2);
  return select(head, vec4<f32>(head.yzw, next), (shift & 1u) != 0u);
}

// Four elements of A as stored, from row * width + column on. Vector loads even where rows are not aligned:
// on the processor a load costs the same for one element as for four.
fn fourA(row: u32, column: u32, width: u32) -> vec4<f32> {
  let i = row * width + column;
  if (width % 4u == 0u) { return a[i / 4u]; }
  return straddle(a[i / 4u], a[i / 4u + 1u], i % 4u);
}

// Vector i of the result: op(A)[m + i, k .. k + 3].
fn blockA(m: u32, k: u32) -> mat4x4<f32> {
  if (TRANSPOSE_A) {
    return transpose(mat4x4<f32>(
      fourA(k, m, M), fourA(k + 1u, m, M), fourA(k + 2u, m, M), fourA(k + 3u, m, M)));
  }
  return mat4x4<f32>(
    fourA(m, k, K), fourA(m + 1u, k, K), fourA(m + 2u, k, K), fourA(m + 3u, k, K));
}

fn columnA(m: u32, k: u32) -> vec4<f32> {
  return vec4<f32>(
    elementA(m, k), elementA(m + 1u, k), elementA(m + 2u, k), elementA(m + 3u, k));
}

// Codes of row k, columns n .. n + 3 for n a multiple of 4.
fn fourCodes(k: u32, n: u32) -> vec4<f32> {
  return vec4<f32>(unpack4xI8(codes[k * ((N + 3u) / 4u) + n / 4u]));
}

// Vector j of the result: dequantized B[k + j, n .. n + 3].
fn blockB(k: u32, n: u32, scale: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(
    fourCodes(k, n) * scale.x,
    fourCodes(k + 1u, n) * scale.y,
    fourCodes(k + 2u, n) * scale.z,
    fourCodes(k + 3u, n) * scale.w);
}

// Where the scale of row k in columns n .. n + 7 lies.
fn scaleIndex(k: u32, n: u32) -> u32 {
  if (GROUP == 0u) { return k; }
  return n / max(GROUP, 1u) * K + k;
}

// Scales of rows k .. k + 3 for k a multiple of 4.
fn fourScales(k: u32, n: u32) -> vec4<f32> {
  let i = scaleIndex(k, n);
  if (GROUP == 0u) { return scales[i / 4u]; }
  return straddle(scales[i / 4u], scales[i / 4u + 1u], i % 4u);
}

// Vector i of the result: left[i] * right.
fn outer(left: vec4<f32>, right: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(left.x * right, left.y * right, left.z * right, left.w * right);
}

fn store(m: u32, n: u32, value: f32) {
  if (m >= M || n >= N) { return; }
  let i = m * N + n;
  var sum = value;
  if (HAS_RESIDUAL) { sum += residual[i]; }
  if (ACCUMULATE) { sum += c[i]; }
  c[i] = sum;
}

fn storeFour(m: u32, n: u32, values: vec4<f32>) {
  store(m, n, values.x);
  store(m, n + 1u, values.y);
  store(m, n + 2u, values.z);
  store(m, n + 3u, values.w);
}

fn storeBlock(m: u32, n: u32, block: mat4x4<f32>) {
  storeFour(m, n, block[0]);
  storeFour(m + 1u, n, block[1]);
  storeFour(m + 2u, n, block[2]);
  storeFour(m + 3u, n, block[3]);
}

// Flat, because software adapters fill their vectors along x only.
@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let m = (group.y * 4u + lane / 2u) * 8u;
  let n = (group.x * 2u + lane % 2u) * 8u;

  // Four 4 × 4 blocks of C; each matrix vector is a row, so C += A B reads `c += b * a`. Rows and columns
  // outside C are computed from whatever is there and never stored; only k must stay inside.
  var c00 = mat4x4<f32>();
  var c01 = mat4x4<f32>();
  var c10 = mat4x4<f32>();
  var c11 = mat4x4<f32>();
  var k = 0u;
  for (; k + 3u < K; k += 4u) {
    let scale = fourScales(k, n);
    let a0 = blockA(m, k);
    let a1 = blockA(m + 4u, k);
    let b0 = blockB(k, n, scale);
    let b1 = blockB(k, n + 4u, scale);
    c00 += b0 * a0;
    c01 += b1 * a0;
    c10 += b0 * a1;
    c11 += b1 * a1;
  }
  for (; k < K; k++) {
    let i = scaleIndex(k, n);
    let scale = scales[i / 4u][i % 4u];
    let a0 = columnA(m, k);
    let a1 = columnA(m + 4u, k);
    let b0 = fourCodes(k, n) * scale;
    let b1 = fourCodes(k, n + 4u) * scale;
    c00 += outer(a0, b0);
    c01 += outer(a0, b1);
    c10 += outer(a1, b0);
    c11 += outer(a1, b1);
  }
  storeBlock(m, n, c00);
  storeBlock(m, n + 4u, c01);
  storeBlock(m + 4u, n, c10);
  storeBlock(m + 4u, n + 4u, c11);
}

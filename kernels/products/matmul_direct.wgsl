// C[m, n] = sum over k of op(A)[m, k] * op(B)[k, n]  (+ R[m, n]) (+ bias[n]) (+ C[m, n]),
// for adapters that emulate a GPU on the processor: workgroup memory and barriers would only cost.
// 0 A: read (M, K) f32, or (K, M) if TRANSPOSE_A
// 1 B: read (K, N) f32, or (N, K) if TRANSPOSE_B
// 2 R: read (M, N) f32, if HAS_RESIDUAL     3 bias: read (N) f32, if HAS_BIAS
// 4 C: write (M, N) f32, added to if ACCUMULATE
// One workgroup per 32 rows and 16 columns of C; one thread per 8 × 8 block of C.

override M: u32;
override N: u32;
override K: u32;
override TRANSPOSE_A: bool;
override TRANSPOSE_B: bool;
override HAS_RESIDUAL: bool;
override HAS_BIAS: bool;
override ACCUMULATE: bool;

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> residual: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

fn scalarA(i: u32) -> f32 { return a[i / 4u][i % 4u]; }
fn scalarB(i: u32) -> f32 { return b[i / 4u][i % 4u]; }

fn elementA(m: u32, k: u32) -> f32 {
  if (TRANSPOSE_A) { return scalarA(k * M + m); }
  return scalarA(m * K + k);
}

fn elementB(k: u32, n: u32) -> f32 {
  if (TRANSPOSE_B) { return scalarB(n * K + k); }
  return scalarB(k * N + n);
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

fn fourB(row: u32, column: u32, width: u32) -> vec4<f32> {
  let i = row * width + column;
  if (width % 4u == 0u) { return b[i / 4u]; }
  return straddle(b[i / 4u], b[i / 4u + 1u], i % 4u);
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

// Vector j of the result: op(B)[k + j, n .. n + 3].
fn blockB(k: u32, n: u32) -> mat4x4<f32> {
  if (TRANSPOSE_B) {
    return transpose(mat4x4<f32>(
      fourB(n, k, K), fourB(n + 1u, k, K), fourB(n + 2u, k, K), fourB(n + 3u, k, K)));
  }
  return mat4x4<f32>(
    fourB(k, n, N), fourB(k + 1u, n, N), fourB(k + 2u, n, N), fourB(k + 3u, n, N));
}

fn columnA(m: u32, k: u32) -> vec4<f32> {
  return vec4<f32>(
    elementA(m, k), elementA(m + 1u, k), elementA(m + 2u, k), elementA(m + 3u, k));
}

fn rowB(k: u32, n: u32) -> vec4<f32> {
  return vec4<f32>(
    elementB(k, n), elementB(k, n + 1u), elementB(k, n + 2u), elementB(k, n + 3u));
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
  if (HAS_BIAS) { sum += bias[n]; }
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
    let a0 = blockA(m, k);
    let a1 = blockA(m + 4u, k);
    let b0 = blockB(k, n);
    let b1 = blockB(k, n + 4u);
    c00 += b0 * a0;
    c01 += b1 * a0;
    c10 += b0 * a1;
    c11 += b1 * a1;
  }
  for (; k < K; k++) {
    let a0 = columnA(m, k);
    let a1 = columnA(m + 4u, k);
    let b0 = rowB(k, n);
    let b1 = rowB(k, n + 4u);
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

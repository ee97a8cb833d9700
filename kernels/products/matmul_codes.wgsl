// C[m, n] = sum over k of op(A)[m, k] * Q[k, n] * s[k]  (+ R[m, n] if HAS_RESIDUAL) (+ C[m, n] if ACCUMULATE):
// a matrix times a quantized matrix, for the gradients of BitLinear.
// 0 A: read (M, K) f32, or (K, M) if TRANSPOSE_A
// 1 Q: read (K, N) i8, rows padded to whole words   2 s: read (K) f32, the scale of each row of Q; with a GROUP
//   above 0 (N / GROUP, K), that of each GROUP columns of it
// 3 R: read (M, N) f32, if HAS_RESIDUAL
// 4 C: write (M, N) f32, N a multiple of 4
// One workgroup of 256 threads per 128 × 128 tile of C; one thread per 8 × 8 elements, which are four 4 × 4 blocks
// 64 rows or columns apart. 16 k at a time lie in workgroup memory, the next 16 are on their way meanwhile.

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
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> c: array<vec4<f32>>;

// Row k of a tile is 32 vectors. Vector i lies at i ^ (2 * (k / 4)), so that the four blocks of k that
// neighboring threads store fall into different banks.
var<workgroup> tileA: array<vec4<f32>, 512>;
var<workgroup> tileB: array<vec4<f32>, 512>;

// Four elements of A as stored, zeros outside.
fn fourA(row: u32, column: u32, rows: u32, width: u32) -> vec4<f32> {
  if (row >= rows || column >= width) { return vec4<f32>(); }
  let i = row * width + column;
  if (width % 4u == 0u) { return a[i / 4u]; }
  return vec4<f32>(
    a[i / 4u][i % 4u],
    select(0.0, a[(i + 1u) / 4u][(i + 1u) % 4u], column + 1u < width),
    select(0.0, a[(i + 2u) / 4u][(i + 2u) % 4u], column + 2u < width),
    select(0.0, a[(i + 3u) / 4u][(i + 3u) % 4u], column + 3u < width));
}

// Vector j of the result: op(A)[m .. m + 3, k + j].
fn blockA(m: u32, k: u32) -> mat4x4<f32> {
  if (TRANSPOSE_A) {
    return mat4x4<f32>(
      fourA(k, m, K, M), fourA(k + 1u, m, K, M), fourA(k + 2u, m, K, M), fourA(k + 3u, m, K, M));
  }
  return transpose(mat4x4<f32>(
    fourA(m, k, M, K), fourA(m + 1u, k, M, K), fourA(m + 2u, k, M, K), fourA(m + 3u, k, M, K)));
}

// Four dequantized elements of a row, zeros below the last row.
fn fourB(k: u32, n: u32) -> vec4<f32> {
  if (k >= K) { return vec4<f32>(); }
  var scale = k;
  if (GROUP > 0u) { scale += n / max(GROUP, 1u) * K; }
  return vec4<f32>(unpack4xI8(codes[k * ((N + 3u) / 4u) + n / 4u])) * scales[scale];
}

// Vector j of the result: dequantized B[k + j, n .. n + 3].
fn blockB(k: u32, n: u32) -> mat4x4<f32> {
  return mat4x4<f32>(fourB(k, n), fourB(k + 1u, n), fourB(k + 2u, n), fourB(k + 3u, n));
}

// Which 4 × 4 block of a tile loader i fetches, as (block of k, block along the other dimension): neighbors
// fetch neighboring memory.
fn blockOf(i: u32, kIsContiguous: bool) -> vec2<u32> {
  if (kIsContiguous) { return vec2<u32>(i % 4u, i / 4u); }
  return vec2<u32>(i / 32u, i % 32u);
}

// c plus the outer product of four rows and four columns; vector i of the result is row i.
fn multiplyAdd(c: mat4x4<f32>, rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(
    fma(vec4<f32>(rows.x), columns, c[0]),
    fma(vec4<f32>(rows.y), columns, c[1]),
    fma(vec4<f32>(rows.z), columns, c[2]),
    fma(vec4<f32>(rows.w), columns, c[3]));
}

fn store(m: u32, n: u32, values: vec4<f32>) {
  if (m >= M || n >= N) { return; }
  let i = (m * N + n) / 4u;
  var sum = values;
  if (HAS_RESIDUAL) { sum += residual[i]; }
  if (ACCUMULATE) { sum += c[i]; }
  c[i] = sum;
}

fn storeBlock(m: u32, n: u32, block: mat4x4<f32>) {
  store(m, n, block[0]);
  store(m + 1u, n, block[1]);
  store(m + 2u, n, block[2]);
  store(m + 3u, n, block[3]);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tileM = group.y * 128u;
  let tileN = group.x * 128u;
  // A warp of 32 covers 4 × 8 blocks: it reads the fewest different vectors of both tiles.
  let x = (lane / 32u) % 2u * 8u + lane % 8u;
  let y = lane / 64u * 4u + lane % 32u / 8u;

  // The first half of the threads fetches A, the second half B.
  let loadsA = lane < 128u;
  let block = blockOf(lane % 128u, loadsA && !TRANSPOSE_A);
  let place = block.x * 128u + (block.y ^ (2u * block.x));
  let loadK = 4u * block.x;
  let loadM = tileM + 4u * block.y;
  let loadN = tileN + 4u * block.y;

  var c00 = mat4x4<f32>();
  var c01 = mat4x4<f32>();
  var c10 = mat4x4<f32>();
  var c11 = mat4x4<f32>();
  var next: mat4x4<f32>;
  if (loadsA) { next = blockA(loadM, loadK); } else { next = blockB(loadK, loadN); }
  for (var k = 0u; k < K; k += 16u) {
    workgroupBarrier();
    if (loadsA) {
      tileA[place] = next[0];
      tileA[place + 32u] = next[1];
      tileA[place + 64u] = next[2];
      tileA[place + 96u] = next[3];
    } else {
      tileB[place] = next[0];
      tileB[place + 32u] = next[1];
      tileB[place + 64u] = next[2];
      tileB[place + 96u] = next[3];
    }
    workgroupBarrier();
    let nextK = k + 16u + loadK;
    if (loadsA) { next = blockA(loadM, nextK); } else { next = blockB(nextK, loadN); }

    for (var quad = 0u; quad < 4u; quad++) {
      let atA = quad * 128u + (y ^ (2u * quad));
      let atB = quad * 128u + (x ^ (2u * quad));
      let a00 = tileA[atA];
      let a01 = tileA[atA + 16u];
      let b00 = tileB[atB];
      let b01 = tileB[atB + 16u];
      c00 = multiplyAdd(c00, a00, b00);
      c01 = multiplyAdd(c01, a00, b01);
      c10 = multiplyAdd(c10, a01, b00);
      c11 = multiplyAdd(c11, a01, b01);
      let a10 = tileA[atA + 32u];
      let a11 = tileA[atA + 48u];
      let b10 = tileB[atB + 32u];
      let b11 = tileB[atB + 48u];
      c00 = multiplyAdd(c00, a10, b10);
      c01 = multiplyAdd(c01, a10, b11);
      c10 = multiplyAdd(c10, a11, b10);
      c11 = multiplyAdd(c11, a11, b11);
      let a20 = tileA[atA + 64u];
      let a21 = tileA[atA + 80u];
      let b20 = tileB[atB + 64u];
      let b21 = tileB[atB + 80u];
      c00 = multiplyAdd(c00, a20, b20);
      c01 = multiplyAdd(c01, a20, b21);
      c10 = multiplyAdd(c10, a21, b20);
      c11 = multiplyAdd(c11, a21, b21);
      let a30 = tileA[atA + 96u];
      let a31 = tileA[atA + 112u];
      let b30 = tileB[atB + 96u];
      let b31 = tileB[atB + 112u];
      c00 = multiplyAdd(c00, a30, b30);
      c01 = multiplyAdd(c01, a30, b31);
      c10 = multiplyAdd(c10, a31, b30);
      c11 = multiplyAdd(c11, a31, b31);
    }
  }
  let m = tileM + 4u * y;
  let n = tileN + 4u * x;
  storeBlock(m, n, c00);
  storeBlock(m, n + 64u, c01);
  storeBlock(m + 64u, n, c10);
  storeBlock(m + 64u, n + 64u, c11);
}

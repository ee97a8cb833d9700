// C[m, n] = sum over k of op(A)[m, k] * Q[k, n] * s[k]  (+ R[m, n] if HAS_RESIDUAL) (+ C[m, n] if ACCUMULATE):
// a matrix times a quantized matrix, for the gradients of BitLinear.
// 0 A: read (M, K) f32, or (K, M) if TRANSPOSE_A
// 1 Q: read (K, N) i8, rows padded to whole words   2 s: read (K) f32, the scale of each row of Q; with a GROUP
//   above 0 (N / GROUP, K), that of each GROUP columns of it
// 3 R: read (M, N) f32, if HAS_RESIDUAL
// 4 C: write (M, N) f32
// For results too small to fill a GPU with larger tiles. One workgroup of 256 threads per 32 × 32 tile of C: four
// parts of 64 threads sum every fourth group of 16 k, one thread per 4 × 4 block, and are added in fixed order.

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
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

// First the tiles of A, per part 16 k of 8 vectors, then those of B; at the end the sums of each part. Vector i
// of row k lies at i ^ (2 * (k / 4)), so that neighboring threads store into different banks.
var<workgroup> tiles: array<vec4<f32>, 1024>;

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
  return vec2<u32>(i / 8u, i % 8u);
}

// c plus the outer product of four rows and four columns; vector i of the result is row i.
fn multiplyAdd(c: mat4x4<f32>, rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(
    fma(vec4<f32>(rows.x), columns, c[0]),
    fma(vec4<f32>(rows.y), columns, c[1]),
    fma(vec4<f32>(rows.z), columns, c[2]),
    fma(vec4<f32>(rows.w), columns, c[3]));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tileM = group.y * 32u;
  let tileN = group.x * 32u;
  let part = lane / 64u;
  let x = lane % 8u;
  let y = lane % 64u / 8u;

  // In each part the first half of the threads fetches A, the second half B.
  let loadsA = lane % 64u < 32u;
  let block = blockOf(lane % 32u, loadsA && !TRANSPOSE_A);
  let place = select(512u, 0u, loadsA) + part * 128u + block.x * 32u + (block.y ^ (2u * block.x));
  let loadK = 16u * part + 4u * block.x;
  let loadM = tileM + 4u * block.y;
  let loadN = tileN + 4u * block.y;

  var c0 = mat4x4<f32>();
  var next: mat4x4<f32>;
  if (loadsA) { next = blockA(loadM, loadK); } else { next = blockB(loadK, loadN); }
  for (var k = 0u; k < K; k += 64u) {
    workgroupBarrier();
    tiles[place] = next[0];
    tiles[place + 8u] = next[1];
    tiles[place + 16u] = next[2];
    tiles[place + 24u] = next[3];
    workgroupBarrier();
    let nextK = k + 64u + loadK;
    if (loadsA) { next = blockA(loadM, nextK); } else { next = blockB(nextK, loadN); }

    for (var quad = 0u; quad < 4u; quad++) {
      let atA = part * 128u + quad * 32u + (y ^ (2u * quad));
      let atB = 512u + part * 128u + quad * 32u + (x ^ (2u * quad));
      c0 = multiplyAdd(c0, tiles[atA], tiles[atB]);
      c0 = multiplyAdd(c0, tiles[atA + 8u], tiles[atB + 8u]);
      c0 = multiplyAdd(c0, tiles[atA + 16u], tiles[atB + 16u]);
      c0 = multiplyAdd(c0, tiles[atA + 24u], tiles[atB + 24u]);
    }
  }

  workgroupBarrier();
  let sums = part * 256u + 32u * y + x;
  tiles[sums] = c0[0];
  tiles[sums + 8u] = c0[1];
  tiles[sums + 16u] = c0[2];
  tiles[sums + 24u] = c0[3];
  workgroupBarrier();
  // Neighboring threads write neighboring elements, whatever N is.
  for (var element = lane; element < 1024u; element += 256u) {
    let m = tileM + element / 32u;
    let n = tileN + element % 32u;
    if (m >= M || n >= N) { continue; }
    let vector = element / 4u;
    let e = element % 4u;
    let i = m * N + n;
    var sum = tiles[vector][e] + tiles[vector + 256u][e] + tiles[vector + 512u][e] +
      tiles[vector + 768u][e];
    if (HAS_RESIDUAL) { sum += residual[i]; }
    if (ACCUMULATE) { sum += c[i]; }
    c[i] = sum;
  }
}

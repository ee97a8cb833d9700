// Blocks of the right factor, op(B), for tiles in workgroup memory; with tile_left.wgsl.

// Four elements of B as stored, zeros outside.
fn fourB(row: u32, column: u32, rows: u32, width: u32) -> vec4<f32> {
  if (row >= rows || column >= width) { return vec4<f32>(); }
  let i = row * width + column;
  if (width % 4u == 0u) { return b[i / 4u]; }
  return firstLanes(straddle(b[i / 4u], b[i / 4u + 1u], i % 4u), width - column);
}

// Whether neighbors along k are neighbors in memory.
fn isRightContiguousInK() -> bool { return TRANSPOSE_B; }

// Vector j of the result: op(B)[k + j, n .. n + 3].
fn blockB(k: u32, n: u32) -> mat4x4<f32> {
  if (TRANSPOSE_B) {
    return transpose(mat4x4<f32>(
      fourB(n, k, N, K), fourB(n + 1u, k, N, K), fourB(n + 2u, k, N, K), fourB(n + 3u, k, N, K)));
  }
  return mat4x4<f32>(
    fourB(k, n, K, N), fourB(k + 1u, n, K, N), fourB(k + 2u, n, K, N), fourB(k + 3u, n, K, N));
}

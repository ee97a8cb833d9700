// The right factor, op(B), straight from memory. Outside the matrix it is whatever is there.

fn elementB(k: u32, n: u32) -> f32 {
  let i = select(k * N + n, n * K + k, TRANSPOSE_B);
  return b[i / 4u][i % 4u];
}

// Four elements of B as stored.
fn fourB(row: u32, column: u32, width: u32) -> vec4<f32> {
  let i = row * width + column;
  if (width % 4u == 0u) { return b[i / 4u]; }
  return straddle(b[i / 4u], b[i / 4u + 1u], i % 4u);
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

fn rightBlocks(k: u32, n: u32) -> RightBlocks {
  return RightBlocks(blockB(k, n), blockB(k, n + 4u));
}

fn rowB(k: u32, n: u32) -> vec4<f32> {
  return vec4<f32>(
    elementB(k, n), elementB(k, n + 1u), elementB(k, n + 2u), elementB(k, n + 3u));
}

fn rightRow(k: u32, n: u32) -> RightRow {
  return RightRow(rowB(k, n), rowB(k, n + 4u));
}

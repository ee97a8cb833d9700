// Blocks of the left factor of a float product, op(A), for tiles in workgroup memory.

// Zero in the lanes from `count` on.
fn firstLanes(values: vec4<f32>, count: u32) -> vec4<f32> {
  return select(vec4<f32>(), values, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(count));
}

// Four elements of A as stored, zeros outside.
fn fourA(row: u32, column: u32, rows: u32, width: u32) -> vec4<f32> {
  if (row >= rows || column >= width) { return vec4<f32>(); }
  let i = row * width + column;
  if (width % 4u == 0u) { return a[i / 4u]; }
  return firstLanes(straddle(a[i / 4u], a[i / 4u + 1u], i % 4u), width - column);
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

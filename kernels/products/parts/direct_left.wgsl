// The left factor of a float product, op(A), straight from memory. Outside the matrix it is whatever is there.

fn elementA(m: u32, k: u32) -> f32 {
  let i = select(m * K + k, k * M + m, TRANSPOSE_A);
  return a[i / 4u][i % 4u];
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

// op(A)[m .. m + 3, k].
fn columnA(m: u32, k: u32) -> vec4<f32> {
  return vec4<f32>(
    elementA(m, k), elementA(m + 1u, k), elementA(m + 2u, k), elementA(m + 3u, k));
}

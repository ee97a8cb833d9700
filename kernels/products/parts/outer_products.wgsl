// c plus the outer product of four rows and four columns; vector i of the result is row i.
fn multiplyAdd(c: mat4x4<f32>, rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(
    fma(vec4<f32>(rows.x), columns, c[0]),
    fma(vec4<f32>(rows.y), columns, c[1]),
    fma(vec4<f32>(rows.z), columns, c[2]),
    fma(vec4<f32>(rows.w), columns, c[3]));
}

// Which 4 × 4 block of a tile of so many blocks loader i fetches, as (block of k, block along the other dimension):
// neighbors fetch neighboring memory.
fn blockOf(i: u32, blocks: u32, kIsContiguous: bool) -> vec2<u32> {
  if (kIsContiguous) { return vec2<u32>(i % 4u, i / 4u); }
  return vec2<u32>(i / blocks, i % blocks);
}

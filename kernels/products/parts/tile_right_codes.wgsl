// Blocks of the right factor, dequantized, for tiles in workgroup memory; with codes_and_scales.wgsl.

// Whether neighbors along k are neighbors in memory.
fn isRightContiguousInK() -> bool { return false; }

// Four dequantized elements of a row, zeros below the last row.
fn fourB(k: u32, n: u32, scale: f32) -> vec4<f32> {
  if (k >= K) { return vec4<f32>(); }
  return fourCodes(k, n) * scale;
}

// Vector j of the result: dequantized B[k + j, n .. n + 3].
fn blockB(k: u32, n: u32) -> mat4x4<f32> {
  let scale = fourScales(k, n);
  return mat4x4<f32>(
    fourB(k, n, scale.x),
    fourB(k + 1u, n, scale.y),
    fourB(k + 2u, n, scale.z),
    fourB(k + 3u, n, scale.w));
}

// Codes of the right factor of matmul_codes.wgsl and their scales.

// Codes of row k, columns n .. n + 3 for n a multiple of 4.
fn fourCodes(k: u32, n: u32) -> vec4<f32> {
  return vec4<f32>(unpack4xI8(codes[k * ((N + 3u) / 4u) + n / 4u]));
}

// Where the scale of row k lies in the group of column n.
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

// Vector j of the result: codes of row k + j, columns n .. n + 3, times scale j.
fn scaledBlock(k: u32, n: u32, scale: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(
    fourCodes(k, n) * scale.x,
    fourCodes(k + 1u, n) * scale.y,
    fourCodes(k + 2u, n) * scale.z,
    fourCodes(k + 3u, n) * scale.w);
}

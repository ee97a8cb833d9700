// The right factor, dequantized, straight from memory; with codes_and_scales.wgsl. A group has at least 32 columns, so
// eight neighbors share their scales.

fn rightBlocks(k: u32, n: u32) -> RightBlocks {
  let scale = fourScales(k, n);
  return RightBlocks(scaledBlock(k, n, scale), scaledBlock(k, n + 4u, scale));
}

fn rightRow(k: u32, n: u32) -> RightRow {
  let i = scaleIndex(k, n);
  let scale = scales[i / 4u][i % 4u];
  return RightRow(fourCodes(k, n) * scale, fourCodes(k, n + 4u) * scale);
}

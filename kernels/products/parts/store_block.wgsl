// Stores a 4 × 4 block; vector i is row m + i.
fn storeBlock(m: u32, n: u32, block: mat4x4<f32>) {
  storeFour(m, n, block[0]);
  storeFour(m + 1u, n, block[1]);
  storeFour(m + 2u, n, block[2]);
  storeFour(m + 3u, n, block[3]);
}

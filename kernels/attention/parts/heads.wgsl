// Words (four columns) of heads in the fused matrix qkv, (B, T, HEADS·D + 2·HEADS/GROUP·D): query heads, key heads, value
// heads. `put` comes from the kernel.

// Stands for the score of a masked key, which is never exponentiated.
const MASKED = -3.4028234e38;

// Zero beyond D.
fn withinHead(word: u32, value: vec4<f32>) -> vec4<f32> {
  return select(vec4(0.0), value, vec4(4u * word) + vec4(0u, 1u, 2u, 3u) < vec4(D));
}

// A word of a head that starts at element `start`; zero beyond D.
fn loadQkv(start: u32, word: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return qkv[start / 4u + word]; }
  let first = start + 4u * word;
  return withinHead(word, straddle(qkv[first / 4u], qkv[first / 4u + 1u], first % 4u));
}

// Width of a row of qkv.
fn qkvWidth() -> u32 { return (HEADS + 2u * (HEADS / GROUP)) * D; }

// A word of a query head, scaled; zero beyond T.
fn queryWord(batchRow: u32, t: u32, head: u32, word: u32) -> vec4<f32> {
  if (t >= T) { return vec4(0.0); }
  return SCALE * loadQkv((batchRow + t) * qkvWidth() + head * D, word);
}

// A word of a key head; zero beyond T.
fn keyWord(batchRow: u32, s: u32, keyHead: u32, word: u32) -> vec4<f32> {
  if (s >= T) { return vec4(0.0); }
  return loadQkv((batchRow + s) * qkvWidth() + (HEADS + keyHead) * D, word);
}

// A word of a value head; zero beyond T.
fn valueWord(batchRow: u32, s: u32, keyHead: u32, word: u32) -> vec4<f32> {
  if (s >= T) { return vec4(0.0); }
  return loadQkv((batchRow + s) * qkvWidth() + (HEADS + HEADS / GROUP + keyHead) * D, word);
}

// Stores a word of a head that starts at element `start`; nothing beyond D.
fn storeWord(start: u32, word: u32, value: vec4<f32>) {
  let column = 4u * word;
  if (column < D) { put(start + column, value.x); }
  if (column + 1u < D) { put(start + column + 1u, value.y); }
  if (column + 2u < D) { put(start + column + 2u, value.z); }
  if (column + 3u < D) { put(start + column + 3u, value.w); }
}

// Dot products of one vector with four others.
fn fourDots(
  r0: vec4<f32>,
  r1: vec4<f32>,
  r2: vec4<f32>,
  r3: vec4<f32>,
  v: vec4<f32>,
) -> vec4<f32> {
  return vec4(dot(r0, v), dot(r1, v), dot(r2, v), dot(r3, v));
}

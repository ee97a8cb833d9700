// Blocks of codes for tiles in workgroup memory, four codes to a word.

alias Words = vec4<u32>;

// Four words of one row, or one word of four rows.
struct Block {
  v0: vec4<u32>,
  v1: vec4<u32>,
  v2: vec4<u32>,
  v3: vec4<u32>,
}

fn transposed(b: Block) -> Block {
  return Block(
    vec4<u32>(b.v0.x, b.v1.x, b.v2.x, b.v3.x),
    vec4<u32>(b.v0.y, b.v1.y, b.v2.y, b.v3.y),
    vec4<u32>(b.v0.z, b.v1.z, b.v2.z, b.v3.z),
    vec4<u32>(b.v0.w, b.v1.w, b.v2.w, b.v3.w));
}

// Four words of a row, zeros outside.
fn fourX(row: u32, word: u32) -> vec4<u32> {
  if (row >= M || word >= words()) { return vec4<u32>(); }
  let i = row * words() + word;
  if (words() % 4u == 0u) { return xCodes[i / 4u]; }
  return vec4<u32>(
    xCodes[i / 4u][i % 4u],
    select(0u, xCodes[(i + 1u) / 4u][(i + 1u) % 4u], word + 1u < words()),
    select(0u, xCodes[(i + 2u) / 4u][(i + 2u) % 4u], word + 2u < words()),
    select(0u, xCodes[(i + 3u) / 4u][(i + 3u) % 4u], word + 3u < words()));
}

// Four words of a row, zeros outside.
fn fourW(row: u32, word: u32) -> vec4<u32> {
  if (row >= N || word >= words()) { return vec4<u32>(); }
  let i = row * words() + word;
  if (words() % 4u == 0u) { return wCodes[i / 4u]; }
  return vec4<u32>(
    wCodes[i / 4u][i % 4u],
    select(0u, wCodes[(i + 1u) / 4u][(i + 1u) % 4u], word + 1u < words()),
    select(0u, wCodes[(i + 2u) / 4u][(i + 2u) % 4u], word + 2u < words()),
    select(0u, wCodes[(i + 3u) / 4u][(i + 3u) % 4u], word + 3u < words()));
}

// Vector j of the result: word + j of rows m .. m + 3.
fn blockX(m: u32, word: u32) -> Block {
  return transposed(Block(fourX(m, word), fourX(m + 1u, word), fourX(m + 2u, word), fourX(m + 3u, word)));
}

fn blockW(n: u32, word: u32) -> Block {
  return transposed(Block(fourW(n, word), fourW(n + 1u, word), fourW(n + 2u, word), fourW(n + 3u, word)));
}

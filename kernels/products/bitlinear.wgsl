// Y[m, n] = (sum over k of X[m, k] * W[n, k]) * (x[m] * w[n])  (+ R[m, n]) (+ bias[n]): the linear layer of
// BitNet b1.58 (Ma et al., 2024, arXiv:2402.17764), four products per instruction.
// 0 X: read (M, K) i8, rows padded to whole words with 0   1 x: read (M) f32, the scale of each row of X
// 2 W: read (N, K) i8, likewise                            3 w: read (N) f32, the scale of each row of W; with a
//   GROUP above 0 (K / GROUP, N), that of each GROUP columns of it
// 4 R: read (M, N) f32, if HAS_RESIDUAL                 5 bias: read (N) f32, if HAS_BIAS
// 6 Y: write (M, N) f32, N a multiple of 4
// One workgroup of 128 threads per 64 × 64 tile of Y; one thread per 8 × 4 elements, which are two 4 × 4 blocks
// 32 rows apart. 16 words of each row at a time lie in workgroup memory, the next 16 are on their way meanwhile.

override M: u32;
override N: u32;
override K: u32;
override GROUP: u32;
override HAS_RESIDUAL: bool;
override HAS_BIAS: bool;

@group(0) @binding(0) var<storage, read> xCodes: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> xScales: array<f32>;
@group(0) @binding(2) var<storage, read> wCodes: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> wScales: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;

// Word k of a tile is 16 vectors of four rows each. Vector i lies at i ^ (2 * (k / 4)), so that the four
// blocks of words that neighboring threads store fall into different banks.
var<workgroup> tileX: array<vec4<u32>, 256>;
var<workgroup> tileW: array<vec4<u32>, 256>;

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

fn words() -> u32 { return (K + 3u) / 4u; }

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

// Sums of four rows and four columns; vector i is row i.
struct Sums {
  row0: vec4<i32>,
  row1: vec4<i32>,
  row2: vec4<i32>,
  row3: vec4<i32>,
}

fn dots(x: u32, w: vec4<u32>) -> vec4<i32> {
  return vec4<i32>(
    dot4I8Packed(x, w.x), dot4I8Packed(x, w.y), dot4I8Packed(x, w.z), dot4I8Packed(x, w.w));
}

fn multiplyAdd(s: Sums, x: vec4<u32>, w: vec4<u32>) -> Sums {
  return Sums(
    s.row0 + dots(x.x, w), s.row1 + dots(x.y, w), s.row2 + dots(x.z, w), s.row3 + dots(x.w, w));
}

fn store(m: u32, n: u32, scaled: vec4<f32>) {
  if (m >= M || n >= N) { return; }
  let i = (m * N + n) / 4u;
  var value = scaled;
  if (HAS_RESIDUAL) { value += residual[i]; }
  if (HAS_BIAS) { value += bias[n / 4u]; }
  y[i] = value;
}

fn storeBlock(m: u32, n: u32, sums: Sums) {
  let w = wScales[n / 4u];
  store(m, n, vec4<f32>(sums.row0) * (xScales[m] * w));
  store(m + 1u, n, vec4<f32>(sums.row1) * (xScales[m + 1u] * w));
  store(m + 2u, n, vec4<f32>(sums.row2) * (xScales[m + 2u] * w));
  store(m + 3u, n, vec4<f32>(sums.row3) * (xScales[m + 3u] * w));
}

// Sums of groups, scaled by the scales of W.
struct Scaled {
  row0: vec4<f32>,
  row1: vec4<f32>,
  row2: vec4<f32>,
  row3: vec4<f32>,
}

// Adds the sums of the group that has the word before `end`; n is a multiple of 4.
fn addGroup(scaled: Scaled, sums: Sums, n: u32, end: u32) -> Scaled {
  let group = 4u * (end - 1u) / max(GROUP, 1u);
  let w = wScales[(group * N + n) / 4u];
  return Scaled(
    scaled.row0 + vec4<f32>(sums.row0) * w,
    scaled.row1 + vec4<f32>(sums.row1) * w,
    scaled.row2 + vec4<f32>(sums.row2) * w,
    scaled.row3 + vec4<f32>(sums.row3) * w);
}

fn storeScaled(m: u32, n: u32, scaled: Scaled) {
  store(m, n, scaled.row0 * xScales[m]);
  store(m + 1u, n, scaled.row1 * xScales[m + 1u]);
  store(m + 2u, n, scaled.row2 * xScales[m + 2u]);
  store(m + 3u, n, scaled.row3 * xScales[m + 3u]);
}

// Whether a group ends where `end` words are summed; what is left at the end of a row is a smaller group.
fn isGroupEnd(end: u32) -> bool {
  return GROUP > 0u && 4u * end % max(GROUP, 1u) == 0u && end <= words();
}

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tileM = group.y * 64u;
  let tileN = group.x * 64u;
  // A warp of 32 covers 4 × 8 threads: it reads the fewest different vectors of both tiles.
  let column = (lane / 32u) % 2u * 8u + lane % 8u;
  let row = lane / 64u * 4u + lane % 32u / 8u;

  // The first half of the threads fetches X, the second half W: 4 words of 4 rows each.
  let loadsX = lane < 64u;
  let loadWord = 4u * (lane % 4u);
  let loadRow = lane % 64u / 4u;
  let loadM = tileM + 4u * loadRow;
  let loadN = tileN + 4u * loadRow;
  let place = lane % 4u * 64u + (loadRow ^ (2u * (lane % 4u)));

  var y0 = Sums();
  var y1 = Sums();
  var g0 = Scaled();
  var g1 = Scaled();
  let n = tileN + 4u * column;
  var next: Block;
  if (loadsX) { next = blockX(loadM, loadWord); } else { next = blockW(loadN, loadWord); }
  for (var word = 0u; word < words(); word += 16u) {
    workgroupBarrier();
    if (loadsX) {
      tileX[place] = next.v0;
      tileX[place + 16u] = next.v1;
      tileX[place + 32u] = next.v2;
      tileX[place + 48u] = next.v3;
    } else {
      tileW[place] = next.v0;
      tileW[place + 16u] = next.v1;
      tileW[place + 32u] = next.v2;
      tileW[place + 48u] = next.v3;
    }
    workgroupBarrier();
    let nextWord = word + 16u + loadWord;
    if (loadsX) { next = blockX(loadM, nextWord); } else { next = blockW(loadN, nextWord); }

    for (var quad = 0u; quad < 4u; quad++) {
      let atX = quad * 64u + (row ^ (2u * quad));
      let atW = quad * 64u + (column ^ (2u * quad));
      let w0 = tileW[atW];
      y0 = multiplyAdd(y0, tileX[atX], w0);
      y1 = multiplyAdd(y1, tileX[atX + 8u], w0);
      let w1 = tileW[atW + 16u];
      y0 = multiplyAdd(y0, tileX[atX + 16u], w1);
      y1 = multiplyAdd(y1, tileX[atX + 24u], w1);
      let w2 = tileW[atW + 32u];
      y0 = multiplyAdd(y0, tileX[atX + 32u], w2);
      y1 = multiplyAdd(y1, tileX[atX + 40u], w2);
      let w3 = tileW[atW + 48u];
      y0 = multiplyAdd(y0, tileX[atX + 48u], w3);
      y1 = multiplyAdd(y1, tileX[atX + 56u], w3);
      let end = word + 4u * quad + 4u;
      if (isGroupEnd(end)) {
        g0 = addGroup(g0, y0, n, end);
        g1 = addGroup(g1, y1, n, end);
        y0 = Sums();
        y1 = Sums();
      }
    }
  }
  let m = tileM + 4u * row;
  if (GROUP == 0u) {
    storeBlock(m, n, y0);
    storeBlock(m + 32u, n, y1);
    return;
  }
  if (4u * words() % max(GROUP, 1u) != 0u) {
    g0 = addGroup(g0, y0, n, words());
    g1 = addGroup(g1, y1, n, words());
  }
  storeScaled(m, n, g0);
  storeScaled(m + 32u, n, g1);
}

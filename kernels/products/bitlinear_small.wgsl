// Y[m, n] = (sum over k of X[m, k] * W[n, k]) * (x[m] * w[n])  (+ R[m, n]) (+ bias[n]): the linear layer of
// BitNet b1.58 (Ma et al., 2024, arXiv:2402.17764), four products per instruction.
// 0 X: read (M, K) i8, rows padded to whole words with 0   1 x: read (M) f32, the scale of each row of X
// 2 W: read (N, K) i8, likewise                            3 w: read (N) f32, the scale of each row of W; with a
//   GROUP above 0 (K / GROUP, N), that of each GROUP columns of it
// 4 R: read (M, N) f32, if HAS_RESIDUAL                 5 bias: read (N) f32, if HAS_BIAS
// 6 Y: write (M, N) f32
// For results too small to fill a GPU with larger tiles. One workgroup of 64 threads per 32 × 32 tile of Y; one
// thread per 4 × 4 block. 16 words of each row at a time lie in workgroup memory.

override M: u32;
override N: u32;
override K: u32;
override GROUP: u32;
override HAS_RESIDUAL: bool;
override HAS_BIAS: bool;

@group(0) @binding(0) var<storage, read> xCodes: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> xScales: array<f32>;
@group(0) @binding(2) var<storage, read> wCodes: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> wScales: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

// First the tile of X, 16 words of 8 vectors of four rows each, then that of W; at the end the sums. Vector i of
// word k lies at i ^ (2 * (k / 4)), so that neighboring threads store into different banks.
var<workgroup> tiles: array<vec4<u32>, 256>;

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
  let i = group * N + n;
  let w = vec4<f32>(wScales[i], wScales[i + 1u], wScales[i + 2u], wScales[i + 3u]);
  return Scaled(
    scaled.row0 + vec4<f32>(sums.row0) * w,
    scaled.row1 + vec4<f32>(sums.row1) * w,
    scaled.row2 + vec4<f32>(sums.row2) * w,
    scaled.row3 + vec4<f32>(sums.row3) * w);
}

// Whether a group ends where `end` words are summed; what is left at the end of a row is a smaller group.
fn isGroupEnd(end: u32) -> bool {
  return GROUP > 0u && 4u * end % max(GROUP, 1u) == 0u && end <= words();
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tileM = group.y * 32u;
  let tileN = group.x * 32u;
  let column = lane % 8u;
  let row = lane / 8u;

  // The first half of the threads fetches X, the second half W: 4 words of 4 rows each.
  let loadsX = lane < 32u;
  let loadWord = 4u * (lane % 4u);
  let loadRow = lane % 32u / 4u;
  let loadM = tileM + 4u * loadRow;
  let loadN = tileN + 4u * loadRow;
  let place = select(128u, 0u, loadsX) + lane % 4u * 32u + (loadRow ^ (2u * (lane % 4u)));

  var sums = Sums();
  var scaled = Scaled();
  let ownN = tileN + 4u * column;
  var next: Block;
  if (loadsX) { next = blockX(loadM, loadWord); } else { next = blockW(loadN, loadWord); }
  for (var word = 0u; word < words(); word += 16u) {
    workgroupBarrier();
    tiles[place] = next.v0;
    tiles[place + 8u] = next.v1;
    tiles[place + 16u] = next.v2;
    tiles[place + 24u] = next.v3;
    workgroupBarrier();
    let nextWord = word + 16u + loadWord;
    if (loadsX) { next = blockX(loadM, nextWord); } else { next = blockW(loadN, nextWord); }

    for (var quad = 0u; quad < 4u; quad++) {
      let atX = quad * 32u + (row ^ (2u * quad));
      let atW = 128u + quad * 32u + (column ^ (2u * quad));
      sums = multiplyAdd(sums, tiles[atX], tiles[atW]);
      sums = multiplyAdd(sums, tiles[atX + 8u], tiles[atW + 8u]);
      sums = multiplyAdd(sums, tiles[atX + 16u], tiles[atW + 16u]);
      sums = multiplyAdd(sums, tiles[atX + 24u], tiles[atW + 24u]);
      let end = word + 4u * quad + 4u;
      if (isGroupEnd(end)) {
        scaled = addGroup(scaled, sums, ownN, end);
        sums = Sums();
      }
    }
  }
  if (GROUP > 0u && 4u * words() % max(GROUP, 1u) != 0u) {
    scaled = addGroup(scaled, sums, ownN, words());
  }

  workgroupBarrier();
  let at = 32u * row + column;
  if (GROUP > 0u) {
    tiles[at] = bitcast<vec4<u32>>(scaled.row0);
    tiles[at + 8u] = bitcast<vec4<u32>>(scaled.row1);
    tiles[at + 16u] = bitcast<vec4<u32>>(scaled.row2);
    tiles[at + 24u] = bitcast<vec4<u32>>(scaled.row3);
  } else {
    tiles[at] = bitcast<vec4<u32>>(sums.row0);
    tiles[at + 8u] = bitcast<vec4<u32>>(sums.row1);
    tiles[at + 16u] = bitcast<vec4<u32>>(sums.row2);
    tiles[at + 24u] = bitcast<vec4<u32>>(sums.row3);
  }
  workgroupBarrier();
  // Neighboring threads write neighboring elements, whatever N is.
  for (var element = lane; element < 1024u; element += 64u) {
    let m = tileM + element / 32u;
    let n = tileN + element % 32u;
    if (m >= M || n >= N) { continue; }
    let i = m * N + n;
    let sum = tiles[element / 4u][element % 4u];
    var value = bitcast<f32>(sum) * xScales[m];
    if (GROUP == 0u) { value = f32(bitcast<i32>(sum)) * (xScales[m] * wScales[n]); }
    if (HAS_RESIDUAL) { value += residual[i]; }
    if (HAS_BIAS) { value += bias[n]; }
    y[i] = value;
  }
}

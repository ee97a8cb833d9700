// Products of codes for results that fill a GPU: one workgroup of 128 threads per 64 × 64 tile of Y; one thread per 8 × 4
// elements, which are two 4 × 4 blocks 32 rows apart. 16 words of each row at a time lie in workgroup memory, the next 16
// are on their way meanwhile. N is a multiple of 4.

// Word k of a tile is 16 vectors of four rows each. Vector i lies at i ^ (2 * (k / 4)), so that the four
// blocks of words that neighboring threads store fall into different banks.
var<workgroup> tileX: array<vec4<u32>, 256>;
var<workgroup> tileW: array<vec4<u32>, 256>;

// Four neighboring scales of W; i is a multiple of 4.
fn fourScales(i: u32) -> vec4<f32> { return wScales[i / 4u]; }

fn storeBlock(m: u32, n: u32, sums: Sums) {
  let w = fourScales(n);
  storeFour(m, n, vec4<f32>(sums.row0) * (xScales[m] * w));
  storeFour(m + 1u, n, vec4<f32>(sums.row1) * (xScales[m + 1u] * w));
  storeFour(m + 2u, n, vec4<f32>(sums.row2) * (xScales[m + 2u] * w));
  storeFour(m + 3u, n, vec4<f32>(sums.row3) * (xScales[m + 3u] * w));
}

fn storeScaled(m: u32, n: u32, scaled: Scaled) {
  storeFour(m, n, scaled.row0 * xScales[m]);
  storeFour(m + 1u, n, scaled.row1 * xScales[m + 1u]);
  storeFour(m + 2u, n, scaled.row2 * xScales[m + 2u]);
  storeFour(m + 3u, n, scaled.row3 * xScales[m + 3u]);
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

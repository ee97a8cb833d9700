// Products of codes for results too small to fill a GPU with larger tiles. One workgroup of 64 threads per 32 × 32 tile of
// Y; one thread per 4 × 4 block. 16 words of each row at a time lie in workgroup memory.

// First the tile of X, 16 words of 8 vectors of four rows each, then that of W; at the end the sums. Vector i of
// word k lies at i ^ (2 * (k / 4)), so that neighboring threads store into different banks.
var<workgroup> tiles: array<vec4<u32>, 256>;

// Four neighboring scales of W.
fn fourScales(i: u32) -> vec4<f32> {
  return vec4<f32>(wScales[i], wScales[i + 1u], wScales[i + 2u], wScales[i + 3u]);
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
    let sum = tiles[element / 4u][element % 4u];
    var value = bitcast<f32>(sum) * xScales[m];
    if (GROUP == 0u) { value = f32(bitcast<i32>(sum)) * (xScales[m] * wScales[n]); }
    store(m, n, value);
  }
}

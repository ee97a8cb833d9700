// Products for results too small to fill a GPU with larger tiles. One workgroup of 256 threads per 32 × 32 tile of C:
// four parts of 64 threads sum every fourth group of 16 k, one thread per 4 × 4 block, and are added in fixed order.

// First the tiles of A, per part 16 k of 8 vectors, then those of B; at the end the sums of each part. Vector i
// of row k lies at i ^ (2 * (k / 4)), so that neighboring threads store into different banks.
var<workgroup> tiles: array<vec4<f32>, 1024>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tileM = group.y * 32u;
  let tileN = group.x * 32u;
  let part = lane / 64u;
  let x = lane % 8u;
  let y = lane % 64u / 8u;

  // In each part the first half of the threads fetches A, the second half B.
  let loadsA = lane % 64u < 32u;
  let block = blockOf(lane % 32u, 8u, select(isRightContiguousInK(), !TRANSPOSE_A, loadsA));
  let place = select(512u, 0u, loadsA) + part * 128u + block.x * 32u + (block.y ^ (2u * block.x));
  let loadK = 16u * part + 4u * block.x;
  let loadM = tileM + 4u * block.y;
  let loadN = tileN + 4u * block.y;

  var c0 = mat4x4<f32>();
  var next: mat4x4<f32>;
  if (loadsA) { next = blockA(loadM, loadK); } else { next = blockB(loadK, loadN); }
  for (var k = 0u; k < K; k += 64u) {
    workgroupBarrier();
    tiles[place] = next[0];
    tiles[place + 8u] = next[1];
    tiles[place + 16u] = next[2];
    tiles[place + 24u] = next[3];
    workgroupBarrier();
    let nextK = k + 64u + loadK;
    if (loadsA) { next = blockA(loadM, nextK); } else { next = blockB(nextK, loadN); }

    for (var quad = 0u; quad < 4u; quad++) {
      let atA = part * 128u + quad * 32u + (y ^ (2u * quad));
      let atB = 512u + part * 128u + quad * 32u + (x ^ (2u * quad));
      c0 = multiplyAdd(c0, tiles[atA], tiles[atB]);
      c0 = multiplyAdd(c0, tiles[atA + 8u], tiles[atB + 8u]);
      c0 = multiplyAdd(c0, tiles[atA + 16u], tiles[atB + 16u]);
      c0 = multiplyAdd(c0, tiles[atA + 24u], tiles[atB + 24u]);
    }
  }

  workgroupBarrier();
  let sums = part * 256u + 32u * y + x;
  tiles[sums] = c0[0];
  tiles[sums + 8u] = c0[1];
  tiles[sums + 16u] = c0[2];
  tiles[sums + 24u] = c0[3];
  workgroupBarrier();
  // Neighboring threads write neighboring elements, whatever N is.
  for (var element = lane; element < 1024u; element += 256u) {
    let m = tileM + element / 32u;
    let n = tileN + element % 32u;
    let vector = element / 4u;
    let e = element % 4u;
    let sum = tiles[vector][e] + tiles[vector + 256u][e] + tiles[vector + 512u][e] +
      tiles[vector + 768u][e];
    store(m, n, sum);
  }
}

// Products for results that fill a GPU: one workgroup of 256 threads per 128 × 128 tile of C; one thread per 8 × 8
// elements, which are four 4 × 4 blocks 64 rows or columns apart. 16 k at a time lie in workgroup memory, the next 16 are
// on their way meanwhile.

// Row k of a tile is 32 vectors. Vector i lies at i ^ (2 * (k / 4)), so that the four blocks of k that
// neighboring threads store fall into different banks.
var<workgroup> tileA: array<vec4<f32>, 512>;
var<workgroup> tileB: array<vec4<f32>, 512>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tileM = group.y * 128u;
  let tileN = group.x * 128u;
  // A warp of 32 covers 4 × 8 blocks: it reads the fewest different vectors of both tiles.
  let x = (lane / 32u) % 2u * 8u + lane % 8u;
  let y = lane / 64u * 4u + lane % 32u / 8u;

  // The first half of the threads fetches A, the second half B.
  let loadsA = lane < 128u;
  let block = blockOf(lane % 128u, 32u, select(isRightContiguousInK(), !TRANSPOSE_A, loadsA));
  let place = block.x * 128u + (block.y ^ (2u * block.x));
  let loadK = 4u * block.x;
  let loadM = tileM + 4u * block.y;
  let loadN = tileN + 4u * block.y;

  var c00 = mat4x4<f32>();
  var c01 = mat4x4<f32>();
  var c10 = mat4x4<f32>();
  var c11 = mat4x4<f32>();
  var next: mat4x4<f32>;
  if (loadsA) { next = blockA(loadM, loadK); } else { next = blockB(loadK, loadN); }
  for (var k = 0u; k < K; k += 16u) {
    workgroupBarrier();
    if (loadsA) {
      tileA[place] = next[0];
      tileA[place + 32u] = next[1];
      tileA[place + 64u] = next[2];
      tileA[place + 96u] = next[3];
    } else {
      tileB[place] = next[0];
      tileB[place + 32u] = next[1];
      tileB[place + 64u] = next[2];
      tileB[place + 96u] = next[3];
    }
    workgroupBarrier();
    let nextK = k + 16u + loadK;
    if (loadsA) { next = blockA(loadM, nextK); } else { next = blockB(nextK, loadN); }

    for (var quad = 0u; quad < 4u; quad++) {
      let atA = quad * 128u + (y ^ (2u * quad));
      let atB = quad * 128u + (x ^ (2u * quad));
      let a00 = tileA[atA];
      let a01 = tileA[atA + 16u];
      let b00 = tileB[atB];
      let b01 = tileB[atB + 16u];
      c00 = multiplyAdd(c00, a00, b00);
      c01 = multiplyAdd(c01, a00, b01);
      c10 = multiplyAdd(c10, a01, b00);
      c11 = multiplyAdd(c11, a01, b01);
      let a10 = tileA[atA + 32u];
      let a11 = tileA[atA + 48u];
      let b10 = tileB[atB + 32u];
      let b11 = tileB[atB + 48u];
      c00 = multiplyAdd(c00, a10, b10);
      c01 = multiplyAdd(c01, a10, b11);
      c10 = multiplyAdd(c10, a11, b10);
      c11 = multiplyAdd(c11, a11, b11);
      let a20 = tileA[atA + 64u];
      let a21 = tileA[atA + 80u];
      let b20 = tileB[atB + 64u];
      let b21 = tileB[atB + 80u];
      c00 = multiplyAdd(c00, a20, b20);
      c01 = multiplyAdd(c01, a20, b21);
      c10 = multiplyAdd(c10, a21, b20);
      c11 = multiplyAdd(c11, a21, b21);
      let a30 = tileA[atA + 96u];
      let a31 = tileA[atA + 112u];
      let b30 = tileB[atB + 96u];
      let b31 = tileB[atB + 112u];
      c00 = multiplyAdd(c00, a30, b30);
      c01 = multiplyAdd(c01, a30, b31);
      c10 = multiplyAdd(c10, a31, b30);
      c11 = multiplyAdd(c11, a31, b31);
    }
  }
  let m = tileM + 4u * y;
  let n = tileN + 4u * x;
  storeBlock(m, n, c00);
  storeBlock(m, n + 64u, c01);
  storeBlock(m + 64u, n, c10);
  storeBlock(m + 64u, n + 64u, c11);
}

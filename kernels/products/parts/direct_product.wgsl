// Products on adapters that emulate a GPU on the processor: workgroup memory and barriers would only cost.
// One workgroup per 32 rows and 16 columns of C; one thread per 8 × 8 block of C.

// Columns n .. n + 3 and n + 4 .. n + 7 of the right factor: four rows of them, or one.
struct RightBlocks { left: mat4x4<f32>, right: mat4x4<f32> }
struct RightRow { left: vec4<f32>, right: vec4<f32> }

// Vector i of the result: left[i] * right.
fn outer(left: vec4<f32>, right: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(left.x * right, left.y * right, left.z * right, left.w * right);
}

// Flat, because software adapters fill their vectors along x only.
@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let m = (group.y * 4u + lane / 2u) * 8u;
  let n = (group.x * 2u + lane % 2u) * 8u;

  // Four 4 × 4 blocks of C; each matrix vector is a row, so C += A B reads `c += b * a`. Rows and columns
  // outside C are computed from whatever is there and never stored; only k must stay inside.
  var c00 = mat4x4<f32>();
  var c01 = mat4x4<f32>();
  var c10 = mat4x4<f32>();
  var c11 = mat4x4<f32>();
  var k = 0u;
  for (; k + 3u < K; k += 4u) {
    let a0 = blockA(m, k);
    let a1 = blockA(m + 4u, k);
    let b = rightBlocks(k, n);
    c00 += b.left * a0;
    c01 += b.right * a0;
    c10 += b.left * a1;
    c11 += b.right * a1;
  }
  for (; k < K; k++) {
    let a0 = columnA(m, k);
    let a1 = columnA(m + 4u, k);
    let b = rightRow(k, n);
    c00 += outer(a0, b.left);
    c01 += outer(a0, b.right);
    c10 += outer(a1, b.left);
    c11 += outer(a1, b.right);
  }
  storeBlock(m, n, c00);
  storeBlock(m, n + 4u, c01);
  storeBlock(m + 4u, n, c10);
  storeBlock(m + 4u, n + 4u, c11);
}

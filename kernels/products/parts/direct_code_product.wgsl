// Products of codes on adapters that emulate a GPU on the processor: workgroup memory and barriers would only cost.
// One workgroup per 32 rows and 16 columns of Y; one thread per 8 × 8 block of Y.

alias Words = u32;

// A product of codes is at most 2^14, so this many words of four can be summed in f32 without rounding.
const EXACT_WORDS = 256u;

fn fourX(m: u32, word: u32) -> vec4<f32> {
  return vec4<f32>(unpack4xI8(xCodes[m * words() + word]));
}

fn fourW(n: u32, word: u32) -> vec4<f32> {
  return vec4<f32>(unpack4xI8(wCodes[n * words() + word]));
}

// Vector i of the result: four codes of row m + i.
fn blockX(m: u32, word: u32) -> mat4x4<f32> {
  return mat4x4<f32>(
    fourX(m, word), fourX(m + 1u, word), fourX(m + 2u, word), fourX(m + 3u, word));
}

// Vector j of the result: code j of rows n .. n + 3.
fn blockW(n: u32, word: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(
    fourW(n, word), fourW(n + 1u, word), fourW(n + 2u, word), fourW(n + 3u, word)));
}

struct Sums {
  row0: vec4<i32>,
  row1: vec4<i32>,
  row2: vec4<i32>,
  row3: vec4<i32>,
}

fn added(sums: Sums, part: mat4x4<f32>) -> Sums {
  return Sums(
    sums.row0 + vec4<i32>(part[0]),
    sums.row1 + vec4<i32>(part[1]),
    sums.row2 + vec4<i32>(part[2]),
    sums.row3 + vec4<i32>(part[3]));
}

fn storeBlock(m: u32, n: u32, sums: Sums) {
  let w = fourScales(n, 0u);
  storeFour(m, n, vec4<f32>(sums.row0) * (xScales[m] * w));
  storeFour(m + 1u, n, vec4<f32>(sums.row1) * (xScales[m + 1u] * w));
  storeFour(m + 2u, n, vec4<f32>(sums.row2) * (xScales[m + 2u] * w));
  storeFour(m + 3u, n, vec4<f32>(sums.row3) * (xScales[m + 3u] * w));
}

// Sums of groups, that have been scaled by the scales of W already.
fn storeScaled(m: u32, n: u32, sums: mat4x4<f32>) {
  storeFour(m, n, sums[0] * xScales[m]);
  storeFour(m + 1u, n, sums[1] * xScales[m + 1u]);
  storeFour(m + 2u, n, sums[2] * xScales[m + 2u]);
  storeFour(m + 3u, n, sums[3] * xScales[m + 3u]);
}

// Scales of rows n .. n + 3 of W in a group of columns.
fn fourScales(n: u32, group: u32) -> vec4<f32> {
  let i = group * N + n;
  return vec4<f32>(wScales[i], wScales[i + 1u], wScales[i + 2u], wScales[i + 3u]);
}

// sums plus part, its columns scaled.
fn addScaled(sums: mat4x4<f32>, part: mat4x4<f32>, scale: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(
    sums[0] + part[0] * scale,
    sums[1] + part[1] * scale,
    sums[2] + part[2] * scale,
    sums[3] + part[3] * scale);
}

// Flat, because software adapters fill their vectors along x only.
@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let m = (group.y * 4u + lane / 2u) * 8u;
  let n = (group.x * 2u + lane % 2u) * 8u;

  var y00 = Sums();
  var y01 = Sums();
  var y10 = Sums();
  var y11 = Sums();
  var g00 = mat4x4<f32>();
  var g01 = mat4x4<f32>();
  var g10 = mat4x4<f32>();
  var g11 = mat4x4<f32>();
  // The processor multiplies floats faster than integers: whole numbers in f32, carried over to i32 before
  // they could round.
  var end = 0u;
  for (var begin = 0u; begin < words(); begin = end) {
    end = min(begin + EXACT_WORDS, words());
    let group = 4u * begin / max(GROUP, 1u);
    if (GROUP > 0u) { end = min(end, (group + 1u) * (GROUP / 4u)); }
    var c00 = mat4x4<f32>();
    var c01 = mat4x4<f32>();
    var c10 = mat4x4<f32>();
    var c11 = mat4x4<f32>();
    for (var word = begin; word < end; word++) {
      let x0 = blockX(m, word);
      let x1 = blockX(m + 4u, word);
      let w0 = blockW(n, word);
      let w1 = blockW(n + 4u, word);
      c00 += w0 * x0;
      c01 += w1 * x0;
      c10 += w0 * x1;
      c11 += w1 * x1;
    }
    if (GROUP > 0u) {
      let w0 = fourScales(n, group);
      let w1 = fourScales(n + 4u, group);
      g00 = addScaled(g00, c00, w0);
      g01 = addScaled(g01, c01, w1);
      g10 = addScaled(g10, c10, w0);
      g11 = addScaled(g11, c11, w1);
    } else {
      y00 = added(y00, c00);
      y01 = added(y01, c01);
      y10 = added(y10, c10);
      y11 = added(y11, c11);
    }
  }
  if (GROUP > 0u) {
    storeScaled(m, n, g00);
    storeScaled(m, n + 4u, g01);
    storeScaled(m + 4u, n, g10);
    storeScaled(m + 4u, n + 4u, g11);
  } else {
    storeBlock(m, n, y00);
    storeBlock(m, n + 4u, y01);
    storeBlock(m + 4u, n, y10);
    storeBlock(m + 4u, n + 4u, y11);
  }
}

// Sums of products of codes, four products per instruction, and of groups of columns that share a scale.

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
  let w = fourScales(group * N + n);
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

// Rotary position embedding (RoFormer, arXiv 2104.09864), halves convention: within a head,
//   (y[j], y[j+D/2]) = (x[j] cos - x[j+D/2] sin, x[j+D/2] cos + x[j] sin),  angle = table[t, j]
// for the first ROTATED of HEADS heads; the others (values) are copied. INVERSE rotates back, which is
// the gradient.
//
// 0 x: read (B, T, HEADS·D) f32     1 table: read (T, D/2, 2) f32: cos, sin
// 2 y: write (B, T, HEADS·D) f32
// One thread per pair of columns; COUNT = B·T·HEADS·D/2, HALF = D/2. Nothing is saved.

override COUNT: u32;
override T: u32;
override HEADS: u32;
override ROTATED: u32;
override HALF: u32;
override INVERSE: bool;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= COUNT) { return; }
  let j = i % HALF;
  let headIndex = i / HALF;
  let first = headIndex * 2u * HALF + j;
  let a = x[first];
  let b = x[first + HALF];
  var rotated = vec2(a, b);
  if (headIndex % HEADS < ROTATED) {
    let angle = table[(headIndex / HEADS) % T * HALF + j];
    let sine = select(angle.y, -angle.y, INVERSE);
    rotated = vec2(a * angle.x - b * sine, b * angle.x + a * sine);
  }
  y[first] = rotated.x;
  y[first + HALF] = rotated.y;
}

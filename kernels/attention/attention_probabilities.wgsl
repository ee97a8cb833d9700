// The weights of softmax attention, which attention.wgsl never holds, for those who want to look at them:
//   p[b, h, t, s] = softmax_s(SCALE q[b, t, h]·k[b, s, g]),  g = h / GROUP; 0 for s > t if CAUSAL
//
// 0 qkv: read (B, T, HEADS·D + 2·HEADS/GROUP·D) f32: query heads, key heads, value heads
// 1 p: write (B, HEADS, T, T) f32
//
// One workgroup of 64 per query (group.x), head (group.y) and batch (group.z); threads share out the keys.

override T: u32;
override D: u32;
override HEADS: u32;
override GROUP: u32;
override CAUSAL: bool;
override SCALE: f32;

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;

const LOWEST = -3.4028234e38;

var<workgroup> query: array<f32, D>;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let t = group.x;
  let head = group.y;
  let batchRow = group.z * T;
  let width = (HEADS + 2u * (HEADS / GROUP)) * D;
  let keyColumn = (HEADS + head / GROUP) * D;
  let row = ((group.z * HEADS + head) * T + t) * T;
  let length = select(T, t + 1u, CAUSAL);

  for (var d = thread; d < D; d += 64u) {
    query[d] = SCALE * qkv[(batchRow + t) * width + head * D + d];
  }
  workgroupBarrier();
  var peak = LOWEST;
  for (var s = thread; s < length; s += 64u) {
    let key = (batchRow + s) * width + keyColumn;
    var score = 0.0;
    for (var d = 0u; d < D; d++) { score += query[d] * qkv[key + d]; }
    p[row + s] = score;
    peak = max(peak, score);
  }
  partial[thread] = peak;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] = max(partial[thread], partial[thread + half]); }
    workgroupBarrier();
  }
  peak = partial[0];
  workgroupBarrier();

  // A thread reads again only what it has written itself.
  var sum = 0.0;
  for (var s = thread; s < length; s += 64u) {
    let weight = exp(p[row + s] - peak);
    p[row + s] = weight;
    sum += weight;
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  for (var s = thread; s < T; s += 64u) {
    p[row + s] = select(0.0, p[row + s] / partial[0], s < length);
  }
}

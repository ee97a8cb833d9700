// One vector per sequence: y[b, c] = Σ_t p[b, t] x[b, t, c], with the weights of MODE:
// 0 the first token: p = 1, 0, 0, …   1 the mean: p = 1 / T   2 p = softmax_t(scores[b, t]) (Hassani et al. 2021,
// arXiv 2104.05704, "sequence pooling")
// 0 x: read (B, T, C) f32   1 scores: read (B, T) f32, if MODE is 2
// 2 y: write (B, C) f32     3 p: write (B, T) f32, if MODE is 2; saved for the backward pass
// One workgroup of 256 per sequence: the weights first, then a thread per column.

override B: u32;
override T: u32;
override C: u32;
override MODE: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> scores: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> p: array<f32>;

const LOWEST = -3.4028234e38;

var<workgroup> partial: array<f32, 256>;

fn softmaxWeights(b: u32, thread: u32) {
  var peak = LOWEST;
  for (var t = thread; t < T; t += 256u) { peak = max(peak, scores[b * T + t]); }
  partial[thread] = peak;
  workgroupBarrier();
  for (var width = 128u; width > 0u; width /= 2u) {
    if (thread < width) { partial[thread] = max(partial[thread], partial[thread + width]); }
    workgroupBarrier();
  }
  peak = partial[0];
  workgroupBarrier();
  var sum = 0.0;
  for (var t = thread; t < T; t += 256u) { sum += exp(scores[b * T + t] - peak); }
  partial[thread] = sum;
  workgroupBarrier();
  for (var width = 128u; width > 0u; width /= 2u) {
    if (thread < width) { partial[thread] += partial[thread + width]; }
    workgroupBarrier();
  }
  let total = partial[0];
  for (var t = thread; t < T; t += 256u) { p[b * T + t] = exp(scores[b * T + t] - peak) / total; }
  storageBarrier();
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let b = group.x + group.y * groups.x;
  if (b >= B) { return; }
  if (MODE == 2u) { softmaxWeights(b, thread); }
  for (var c = thread; c < C; c += 256u) {
    let first = b * T * C + c;
    var sum = x[first];
    if (MODE == 1u) {
      for (var t = 1u; t < T; t++) { sum += x[first + t * C]; }
      sum /= f32(T);
    }
    if (MODE == 2u) {
      sum *= p[b * T];
      for (var t = 1u; t < T; t++) { sum += p[b * T + t] * x[first + t * C]; }
    }
    y[b * C + c] = sum;
  }
}

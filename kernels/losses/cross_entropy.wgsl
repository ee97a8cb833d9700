// Per row, with p = softmax(logits[n]), t = targets[n], e = SMOOTHING:
//   rowLosses[n] = (1 - e) * -log p[t] + e * mean over classes of -log p   (Szegedy et al. 2016, section 7)
//   correct[n] = 1 if the first largest logit is that of t; both are 0 if t is outside 0..V-1 (ignored).
// 0 logits: read (N, V) f32   1 targets: read (N) i32
// 2 normalizer: write (N, 2) f32: m = max(logits[n]) and log(sum(exp(logits[n] - m))), apart because their
//   sum would lose the digits of the second; saved for backward
// 3 rowLosses: write (N) f32   4 correct: write (N) f32
// LANES (a power of two up to 256) threads per row, 256 / LANES rows per workgroup; one pass over the
// logits with a running maximum (Milakov and Gimelshein 2018), then a tree over the lanes.

override N: u32;
override V: u32;
override LANES: u32;
override SMOOTHING: f32;

const LOWEST = -3.4e38;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> normalizer: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> rowLosses: array<f32>;
@group(0) @binding(4) var<storage, read_write> correct: array<f32>;

var<workgroup> maxima: array<f32, 256>;
var<workgroup> sums: array<f32, 256>;
var<workgroup> totals: array<f32, 256>;
var<workgroup> places: array<u32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let n = (group.x + group.y * groups.x) * (256u / LANES) + thread / LANES;
  let lane = thread % LANES;
  let base = n * V;

  var maximum = LOWEST;
  var sum = 0.0;
  var total = 0.0;
  var place = 0u;
  if (n < N) {
    for (var v = lane; v < V; v += 4u * LANES) {
      // Four loads in flight; past the end they repeat the first and count for nothing.
      let v1 = v + LANES;
      let v2 = v1 + LANES;
      let v3 = v2 + LANES;
      let x0 = logits[base + v];
      let x1 = logits[base + select(v, v1, v1 < V)];
      let x2 = logits[base + select(v, v2, v2 < V)];
      let x3 = logits[base + select(v, v3, v3 < V)];
      let before = maximum;
      if (x0 > maximum) { maximum = x0; place = v; }
      if (x1 > maximum) { maximum = x1; place = v1; }
      if (x2 > maximum) { maximum = x2; place = v2; }
      if (x3 > maximum) { maximum = x3; place = v3; }
      sum = sum * exp(before - maximum) + exp(x0 - maximum);
      if (v1 < V) { sum += exp(x1 - maximum); }
      if (v2 < V) { sum += exp(x2 - maximum); }
      if (v3 < V) { sum += exp(x3 - maximum); }
      total += x0 + select(0.0, x1, v1 < V) + select(0.0, x2, v2 < V) + select(0.0, x3, v3 < V);
    }
  }

  maxima[thread] = maximum;
  sums[thread] = sum;
  totals[thread] = total;
  places[thread] = place;
  for (var offset = LANES / 2u; offset > 0u; offset /= 2u) {
    workgroupBarrier();
    if (lane < offset) {
      let other = maxima[thread + offset];
      let otherPlace = places[thread + offset];
      let larger = max(maximum, other);
      sum = sum * exp(maximum - larger) + sums[thread + offset] * exp(other - larger);
      total += totals[thread + offset];
      if (other > maximum || (other == maximum && otherPlace < place)) { place = otherPlace; }
      maximum = larger;
      maxima[thread] = maximum;
      sums[thread] = sum;
      totals[thread] = total;
      places[thread] = place;
    }
  }
  if (lane != 0u || n >= N) { return; }

  let logSum = log(sum);
  normalizer[n] = vec2(maximum, logSum);
  let t = u32(targets[n]);
  var loss = 0.0;
  var hit = 0.0;
  if (t < V) {
    loss = (1.0 - SMOOTHING) * (logSum + (maximum - logits[base + t]));
    if (SMOOTHING > 0.0) { loss += SMOOTHING * (logSum + (maximum - total / f32(V))); }
    // exp and max may lose a NaN (WGSL allows it, SwiftShader does); a sum never does.
    if ((bitcast<u32>(total) & 0x7fffffffu) > 0x7f800000u) { loss = total; }
    if (place == t) { hit = 1.0; }
  }
  rowLosses[n] = loss;
  correct[n] = hit;
}

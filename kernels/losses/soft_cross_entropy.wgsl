// Cross entropy with wanted probabilities, per row, divided by the number of rows:
//   parts[n] = (mass (m + s) - Σ_v wanted[n, v] logits[n, v]) / N,
//   m = max(logits[n]), s = log(Σ_v exp(logits[n, v] - m)), mass = Σ_v wanted[n, v]
// 0 logits: read (N, V) f32   1 wanted: read (N, V) f32
// 2 saved: write (N, 3) f32: m, s and mass; for the backward pass   3 parts: write (N) f32
// LANES (a power of two up to 256) threads per row, 256 / LANES rows per workgroup; one pass over the
// logits with a running maximum (Milakov and Gimelshein 2018), then a tree over the lanes.

override N: u32;
override V: u32;
override LANES: u32;

const LOWEST = -3.4e38;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> wanted: array<f32>;
@group(0) @binding(2) var<storage, read_write> saved: array<f32>;
@group(0) @binding(3) var<storage, read_write> parts: array<f32>;

var<workgroup> maxima: array<f32, 256>;
// Sum of exponentials, mass, wanted·logits.
var<workgroup> sums: array<vec3<f32>, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let n = (group.x + group.y * groups.x) * (256u / LANES) + thread / LANES;
  let lane = thread % LANES;
  var maximum = LOWEST;
  var sum = vec3(0.0);
  if (n < N) {
    for (var v = lane; v < V; v += LANES) {
      let x = logits[n * V + v];
      let p = wanted[n * V + v];
      let larger = max(maximum, x);
      sum.x = sum.x * exp(maximum - larger) + exp(x - larger);
      sum.y += p;
      sum.z += p * x;
      maximum = larger;
    }
  }
  maxima[thread] = maximum;
  sums[thread] = sum;
  for (var offset = LANES / 2u; offset > 0u; offset /= 2u) {
    workgroupBarrier();
    if (lane < offset) {
      let other = maxima[thread + offset];
      let others = sums[thread + offset];
      let larger = max(maximum, other);
      sum = vec3(
        sum.x * exp(maximum - larger) + others.x * exp(other - larger),
        sum.yz + others.yz,
      );
      maximum = larger;
      maxima[thread] = maximum;
      sums[thread] = sum;
    }
  }
  if (lane != 0u || n >= N) { return; }
  let logSum = log(sum.x);
  saved[3u * n] = maximum;
  saved[3u * n + 1u] = logSum;
  saved[3u * n + 2u] = sum.y;
  parts[n] = (sum.y * logSum + (sum.y * maximum - sum.z)) / f32(N);
}

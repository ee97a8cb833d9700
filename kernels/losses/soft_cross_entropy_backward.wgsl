// dlogits[n, v] = dloss / N * (mass softmax(logits[n])[v] - wanted[n, v]), mass = Σ_v wanted[n, v]
// 0 logits: read (N, V) f32   1 wanted: read (N, V) f32
// 2 saved: read (N, 3) f32, of the forward pass: largest logit, log of the sum of exponentials beyond it, mass
// 3 dloss: read () f32   4 dlogits: write (N, V) f32
// One thread per element.

override N: u32;
override V: u32;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> wanted: array<f32>;
@group(0) @binding(2) var<storage, read> saved: array<f32>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= N * V) { return; }
  let row = 3u * (i / V);
  let p = exp((logits[i] - saved[row]) - saved[row + 1u]);
  dlogits[i] = (saved[row + 2u] * p - wanted[i]) * dloss[0] / f32(N);
}

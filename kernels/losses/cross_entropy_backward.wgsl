// dlogits[n, v] = dloss / count * (p[n, v] - (1 - e) * [v = t] - e / V), p = softmax(logits[n]),
// t = targets[n], e = SMOOTHING; 0 in rows whose target is outside 0..V-1 (ignored).
// 0 logits: read (N, V) f32   1 targets: read (N) i32   2 normalizer: read (N, 2) f32, of the forward pass
// 3 count: read () f32   4 dloss: read () f32   5 dlogits: write (N, V) f32
// One thread per four consecutive elements, which may span rows unless V is a multiple of 4.

override N: u32;
override V: u32;
override SMOOTHING: f32;

@group(0) @binding(0) var<storage, read> logits: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> normalizer: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> count: array<f32>;
@group(0) @binding(4) var<storage, read> dloss: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<vec4<f32>>;

fn gradient(logit: f32, n: u32, v: u32) -> f32 {
  if (n >= N) { return 0.0; }
  let t = u32(targets[n]);
  if (t >= V) { return 0.0; }
  let saved = normalizer[n];
  let p = exp((logit - saved.x) - saved.y);
  let wanted = select(0.0, 1.0 - SMOOTHING, v == t) + SMOOTHING / f32(V);
  return (p - wanted) * dloss[0] / count[0];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = (group.x + group.y * groups.x) * 256u + lane;
  let i = quad * 4u;
  if (i >= N * V) { return; }
  let x = logits[quad];
  dlogits[quad] = vec4(
    gradient(x.x, i / V, i % V),
    gradient(x.y, (i + 1u) / V, (i + 1u) % V),
    gradient(x.z, (i + 2u) / V, (i + 2u) % V),
    gradient(x.w, (i + 3u) / V, (i + 3u) % V),
  );
}

// Gradients of y[b] = Σ_t p[b, t] x[b, t] (see pool.wgsl):
//   dx[b, t] = [pending +] p[b, t] dy[b],  dscores[b, t] = p[b, t] (dy[b]·x[b, t] - Σ_s p[b, s] dy[b]·x[b, s])
// 0 dy: read (B, C) f32     1 x: read (B, T, C) f32, if MODE is 2     2 p: read (B, T) f32, if MODE is 2
// 3 pending: read (B, T, C) f32, if HAS_PENDING: gradient of x from its other uses
// 4 dx: write (B, T, C) f32     5 dscores: write (B, T) f32, if MODE is 2
// One workgroup of 256 per sequence; for the products dy·x 16 threads share a token.

override B: u32;
override T: u32;
override C: u32;
override MODE: u32;
override HAS_PENDING: bool;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> p: array<f32>;
@group(0) @binding(3) var<storage, read> pending: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> dscores: array<f32>;

const LANES = 16u;

var<workgroup> partial: array<f32, 256>;

fn weight(b: u32, t: u32) -> f32 {
  switch (MODE) {
    case 0u: { return select(0.0, 1.0, t == 0u); }
    case 1u: { return 1.0 / f32(T); }
    default: { return p[b * T + t]; }
  }
}

fn scoreGradients(b: u32, thread: u32) {
  let lane = thread % LANES;
  // Of this thread's tokens, if it is the first of its team.
  var weighted = 0.0;
  for (var start = 0u; start < T; start += 256u / LANES) {
    let t = start + thread / LANES;
    var product = 0.0;
    if (t < T) {
      for (var c = lane; c < C; c += LANES) { product += dy[b * C + c] * x[(b * T + t) * C + c]; }
    }
    partial[thread] = product;
    workgroupBarrier();
    for (var width = LANES / 2u; width > 0u; width /= 2u) {
      if (lane < width) { partial[thread] += partial[thread + width]; }
      workgroupBarrier();
    }
    if (lane == 0u && t < T) {
      dscores[b * T + t] = partial[thread];
      weighted += p[b * T + t] * partial[thread];
    }
    workgroupBarrier();
  }
  partial[thread] = weighted;
  workgroupBarrier();
  for (var width = 128u; width > 0u; width /= 2u) {
    if (thread < width) { partial[thread] += partial[thread + width]; }
    workgroupBarrier();
  }
  storageBarrier();
  for (var t = thread; t < T; t += 256u) {
    dscores[b * T + t] = p[b * T + t] * (dscores[b * T + t] - partial[0]);
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let b = group.x + group.y * groups.x;
  if (b >= B) { return; }
  if (MODE == 2u) { scoreGradients(b, thread); }
  for (var i = thread; i < T * C; i += 256u) {
    var value = weight(b, i / C) * dy[b * C + i % C];
    if (HAS_PENDING) { value += pending[b * T * C + i]; }
    dx[b * T * C + i] = value;
  }
}

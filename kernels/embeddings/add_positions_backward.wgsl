// Gradients of add_positions:
//   dx[b, t - CLASS, c] = dy[b, t, c],  dpositions[t, c] = [… +] Σ_b dy[b, t, c],  dtoken[c] = [… +] Σ_b dy[b, 0, c]
// 0 dy: read (B, T, C) f32
// 1 dx: write (B, T - CLASS, C) f32   2 dpositions: write (T, C) f32, added to if ACCUMULATE_POSITIONS
// 3 dtoken: write (C) f32, if CLASS is 1, added to if ACCUMULATE_TOKEN
// One thread per element of a sequence: it passes through the batch.

override B: u32;
override T: u32;
override C: u32;
override CLASS: u32;
override ACCUMULATE_POSITIONS: bool;
override ACCUMULATE_TOKEN: bool;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read_write> dpositions: array<f32>;
@group(0) @binding(3) var<storage, read_write> dtoken: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= T * C) { return; }
  let isToken = i < CLASS * C;
  var sum = 0.0;
  for (var b = 0u; b < B; b++) {
    let value = dy[b * T * C + i];
    sum += value;
    if (!isToken) { dx[b * (T - CLASS) * C + i - CLASS * C] = value; }
  }
  var position = sum;
  if (ACCUMULATE_POSITIONS) { position += dpositions[i]; }
  dpositions[i] = position;
  if (!isToken) { return; }
  if (ACCUMULATE_TOKEN) { sum += dtoken[i]; }
  dtoken[i] = sum;
}

// A sequence from patches: the class token in front, learned positions added.
//   y[b, t, c] = (t < CLASS ? token[c] : x[b, t - CLASS, c]) + positions[t, c]
// 0 x: read (B, T - CLASS, C) f32   1 positions: read (T, C) f32   2 token: read (C) f32, if CLASS is 1
// 3 y: write (B, T, C) f32, COUNT elements
// One thread per four elements of y.

override COUNT: u32;
override T: u32;
override C: u32;
override CLASS: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> positions: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> token: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

fn value(i: u32) -> f32 {
  let t = i / C % T;
  let p = i % (T * C);
  let position = positions[p / 4u][p % 4u];
  if (t < CLASS) {
    let c = i % C;
    return token[c / 4u][c % 4u] + position;
  }
  let j = i - (i / (T * C) + 1u) * CLASS * C;
  return x[j / 4u][j % 4u] + position;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = (group.x + group.y * groups.x) * 256u + lane;
  let i = quad * 4u;
  if (i >= COUNT) { return; }
  if (C % 4u == 0u) {
    let position = positions[i % (T * C) / 4u];
    if (i / C % T < CLASS) {
      y[quad] = token[i % C / 4u] + position;
    } else {
      y[quad] = x[(i - (i / (T * C) + 1u) * CLASS * C) / 4u] + position;
    }
    return;
  }
  var sum = vec4<f32>();
  for (var j = 0u; j < min(4u, COUNT - i); j++) { sum[j] = value(i + j); }
  y[quad] = sum;
}

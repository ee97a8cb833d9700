// dx = dy * act'(x), elementwise over COUNT elements. KIND, with s the sigmoid used by act:
// 0 silu: s (1 + x (1 - s))   1 relu2: 2 max(x, 0)   2 gelu: Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)
// 3 gelu_tanh: s + x s (1 - s) * 2 sqrt(2/pi) (1 + 3 * 0.044715 x^2)   4 quick_gelu: s + 1.702 x s (1 - s)
// 0 x: read (COUNT) f32   1 dy: read (COUNT) f32   2 dx: write (COUNT) f32
// One thread per four elements.

override COUNT: u32;
override KIND: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

fn sigmoid(z: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(min(-z, vec4(87.0))));
}

// exp(-z² / 2)
fn bell(z: vec4<f32>) -> vec4<f32> {
  return exp(-min(0.5 * z * z, vec4(87.0)));
}

// The normal distribution function by the error function of Abramowitz and Stegun 7.1.26 (error 1.5e-7).
fn phi(z: vec4<f32>, density: vec4<f32>) -> vec4<f32> {
  let t = 1.0 / (1.0 + 0.3275911 * 0.70710678 * abs(z));
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  let tail = 0.5 * p * density;
  return select(tail, 1.0 - tail, z >= vec4<f32>());
}

fn slope(z: vec4<f32>) -> vec4<f32> {
  switch (KIND) {
    case 0u: {
      let s = sigmoid(z);
      return s * (1.0 + z * (1.0 - s));
    }
    case 1u: { return 2.0 * max(z, vec4<f32>()); }
    case 2u: {
      let density = bell(z);
      return phi(z, density) + z * 0.39894228 * density;
    }
    case 3u: {
      let s = sigmoid(1.5957691 * (z + 0.044715 * z * z * z));
      return s + z * s * (1.0 - s) * 1.5957691 * (1.0 + 0.134145 * z * z);
    }
    default: {
      let s = sigmoid(1.702 * z);
      return s + 1.702 * z * s * (1.0 - s);
    }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = (group.x + group.y * groups.x) * 256u + lane;
  if (quad * 4u >= COUNT) { return; }
  // What lies past the end is the end of a buffer's alignment: kept at zero.
  let inside = vec4(0u, 1u, 2u, 3u) + quad * 4u < vec4(COUNT);
  dx[quad] = select(vec4<f32>(), dy[quad] * slope(x[quad]), inside);
}

// The function of index KIND, which comes from the kernel:
// 0 silu: x sigmoid(x)   1 relu2: max(x, 0)^2   2 gelu: x Phi(x) (Hendrycks and Gimpel 2016)
// 3 gelu_tanh: 0.5 x (1 + tanh(u)) = x sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3)
// 4 quick_gelu: x sigmoid(1.702 x)

// The bound keeps exp finite; past it the result is 0 for every use here.
fn sigmoid(z: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(min(-z, vec4(87.0))));
}

// The normal distribution function by the error function of Abramowitz and Stegun 7.1.26 (error 1.5e-7).
fn phi(z: vec4<f32>) -> vec4<f32> {
  let a = abs(z) * 0.70710678;
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  let tail = 0.5 * p * exp(-min(a * a, vec4(87.0)));
  return select(tail, 1.0 - tail, z >= vec4<f32>());
}

fn act(z: vec4<f32>) -> vec4<f32> {
  switch (KIND) {
    case 0u: { return z * sigmoid(z); }
    case 1u: {
      let r = max(z, vec4<f32>());
      return r * r;
    }
    case 2u: { return z * phi(z); }
    case 3u: { return z * sigmoid(1.5957691 * (z + 0.044715 * z * z * z)); }
    default: { return z * sigmoid(1.702 * z); }
  }
}

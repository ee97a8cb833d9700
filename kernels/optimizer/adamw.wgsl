// AdamW with gradient clipping over a flat buffer (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2):
//   g ← g · min(1, clip / (‖g‖ + 1e-6));  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²
//   p ← p(1 − lr·wd) − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)
// Decay applies to elements below DECAY_COUNT. If ‖g‖ is not finite nothing changes, so a step that
// diverged never destroys the weights.
//
// 0 gradients: read (COUNT) f32   1 norm: read (1) f32 = ‖g‖ of all gradients, before clipping
// 2 parameters, 3 m, 4 v: read and write (COUNT) f32
// 5 step values
// One thread per four elements.
// COUNT and DECAY_COUNT are multiples of four: parameters are aligned.

override COUNT: u32;
override DECAY_COUNT: u32;

struct Step {
  step: u32,
  seed: u32,
  position: u32,
  activation_momentum: f32,
  learning_rate: f32,
  weight_decay: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  clip: f32,
  correction1: f32,
  correction2: f32,
}

@group(0) @binding(0) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> norm: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> first: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> second: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> step: Step;

// Compilers may assume that no value is NaN; the bits tell.
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= COUNT / 4u || !is_finite(norm[0])) { return; }
  var scale = 1.0;
  if (step.clip > 0.0) { scale = min(1.0, step.clip / (norm[0] + 1e-6)); }
  let g = gradients[i] * scale;
  let m = fma(vec4(step.beta1), first[i], (1.0 - step.beta1) * g);
  let v = fma(vec4(step.beta2), second[i], (1.0 - step.beta2) * g * g);
  var p = parameters[i];
  if (4u * i < DECAY_COUNT) { p *= 1.0 - step.learning_rate * step.weight_decay; }
  p -= step.learning_rate * (m / step.correction1) / (sqrt(v / step.correction2) + step.epsilon);
  parameters[i] = p;
  first[i] = m;
  second[i] = v;
}

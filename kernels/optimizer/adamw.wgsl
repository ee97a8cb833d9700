// AdamW with gradient clipping over a flat buffer (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2):
//   g ← g · min(1, clip / (‖g‖ + 1e-6));  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²
//   p ← p(1 − lr·wd) − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)
// Decay applies to elements below DECAY_COUNT. If ‖g‖ is not finite nothing changes, so a step that
// diverged never destroys the weights.
//
// 0 gradients: read (COUNT) f32   1 partials: read (PARTIALS) f32, sums of squares of all gradients
// 2 losses: read f32, MICRO_BATCHES values LOSS_STRIDE apart
// 3 parameters, 4 m, 5 v: read and write (COUNT) f32
// 6 history: write (HISTORY) vec2<f32> = (mean loss, ‖g‖ before clipping) of step t at (t−1) mod HISTORY
// 7 step values
// One thread per four elements; every workgroup adds the partial sums itself, cheaper than a dispatch.
// COUNT and DECAY_COUNT are multiples of four: parameters are aligned.

override COUNT: u32;
override DECAY_COUNT: u32;
override PARTIALS: u32;
override MICRO_BATCHES: u32;
override LOSS_STRIDE: u32;
override HISTORY: u32;
override RECORD: bool;

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
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read> losses: array<f32>;
@group(0) @binding(3) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> first: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> second: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> history: array<vec2<f32>>;
@group(0) @binding(7) var<uniform> step: Step;

var<workgroup> partial: array<f32, 256>;

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
  var sum = 0.0;
  for (var i = lane; i < PARTIALS; i += 256u) { sum += partials[i]; }
  partial[lane] = sum;
  for (var half = 128u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  workgroupBarrier();
  let norm = sqrt(partial[0]);
  let workgroup = group.x + group.y * groups.x;
  if (RECORD && workgroup == 0u && lane == 0u) {
    var loss = 0.0;
    for (var i = 0u; i < MICRO_BATCHES; i++) { loss += losses[i * LOSS_STRIDE]; }
    history[(step.step - 1u) % HISTORY] = vec2<f32>(loss / f32(MICRO_BATCHES), norm);
  }

  let i = workgroup * 256u + lane;
  if (i >= COUNT / 4u || !is_finite(norm)) { return; }
  var scale = 1.0;
  if (step.clip > 0.0) { scale = min(1.0, step.clip / (norm + 1e-6)); }
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

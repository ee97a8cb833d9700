// The norm of all gradients, ‖g‖ = √Σ partials, and the record of the step: its mean loss and ‖g‖.
//
// 0 partials: read (PARTIALS) f32, sums of squares of all gradients
// 1 losses: read f32, MICRO_BATCHES values LOSS_STRIDE apart
// 2 norm: write (1) f32 = ‖g‖, before any clipping
// 3 history: write (HISTORY) vec2<f32> = (mean loss, ‖g‖) of step t at (t−1) mod HISTORY
// 4 step values
// One workgroup; a fixed order of additions.

override PARTIALS: u32;
override MICRO_BATCHES: u32;
override LOSS_STRIDE: u32;
override HISTORY: u32;

struct Step { step: u32 }

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read> losses: array<f32>;
@group(0) @binding(2) var<storage, read_write> norm: array<f32>;
@group(0) @binding(3) var<storage, read_write> history: array<vec2<f32>>;
@group(0) @binding(4) var<uniform> step: Step;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < PARTIALS; i += 256u) { sum += partials[i]; }
  partial[lane] = sum;
  for (var half = 128u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  if (lane != 0u) { return; }
  norm[0] = sqrt(partial[0]);
  var loss = 0.0;
  for (var i = 0u; i < MICRO_BATCHES; i++) { loss += losses[i * LOSS_STRIDE]; }
  history[(step.step - 1u) % HISTORY] = vec2<f32>(loss / f32(MICRO_BATCHES), norm[0]);
}

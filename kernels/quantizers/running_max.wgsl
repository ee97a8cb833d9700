// The bound of the activations of one place in the model: a running maximum m of their absolute maxima a,
//   m ← a, the first time (where m is 0);  m ← momentum · m + (1 - momentum) · a, later
// in training; in evaluation m stays. Where m is still 0, a itself is the bound.
//
// 0 peaks: read (ROWS) f32, max|x| of every row
// 1 range: read and write (8) words: m f32, a f32, the bound f32, how many of the values that
//   quantize_tensor.wgsl then quantizes lie beyond the codes u32 (here 0), how many there are u32, nothing
// 2 step: uniform
//
// One workgroup. Bits of floats that are not negative have the order of the floats, and a NaN is above all.

override ROWS: u32;
override COUNT: u32;
override TRAINING: bool;

struct Step { step: u32, seed: u32, position: u32, activation_momentum: f32 }

@group(0) @binding(0) var<storage, read> peaks: array<f32>;
@group(0) @binding(1) var<storage, read_write> range: array<u32>;
@group(0) @binding(2) var<uniform> step: Step;

var<workgroup> partial: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  var largest = 0u;
  for (var i = lane; i < ROWS; i += 256u) {
    largest = max(largest, bitcast<u32>(peaks[i]) & 0x7fffffffu);
  }
  partial[lane] = largest;
  for (var half = 128u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] = max(partial[lane], partial[lane + half]); }
  }
  workgroupBarrier();
  if (lane != 0u) { return; }

  let actual = bitcast<f32>(partial[0]);
  let before = bitcast<f32>(range[0]);
  let momentum = step.activation_momentum;
  var running = before;
  if (TRAINING) { running = momentum * before + (1.0 - momentum) * actual; }
  if (before == 0.0) { running = actual; }
  if (TRAINING) { range[0] = bitcast<u32>(running); }
  range[1] = bitcast<u32>(actual);
  range[2] = bitcast<u32>(running);
  range[3] = 0u;
  range[4] = COUNT;
}

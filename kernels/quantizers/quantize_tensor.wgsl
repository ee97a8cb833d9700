// Codes of a whole tensor with one scale, from the bound that running_max.wgsl has found:
//   scale = max(bound / q, 1e-6),  q = 2^(BITS-1) - 1
//   codes = clamp(round(x / scale), -q-1, q)
//
// 0 x: read (ROWS, D) f32
// 1 codes: write (ROWS, D) i8        2 scales: write (ROWS) f32, all the same
// 3 range: read and write (8) words, as in running_max.wgsl; values beyond the codes are counted
//
// One thread per word of four codes.

override ROWS: u32;
override D: u32;
override BITS: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> codes: array<u32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<storage, read_write> range: array<atomic<u32>>;

const MIN_SCALE = 1e-6;

fn element(i: u32) -> f32 {
  return x[i / 4u][i % 4u];
}

fn load(first: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return x[first / 4u]; }
  return vec4(element(first), element(first + 1u), element(first + 2u), element(first + 3u));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let words = (D + 3u) / 4u;
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= ROWS * words) { return; }
  let row = i / words;
  let column = 4u * (i % words);

  // GPUs may divide to within 2.5 ulp only; one correction puts ties on one side on every device.
  let q = f32((1u << (BITS - 1u)) - 1u);
  let bound = bitcast<f32>(atomicLoad(&range[2]));
  let rough = bound / q;
  let exact = fma(fma(-rough, q, bound), 1.0 / q, rough);
  // Not max(): a NaN must get through.
  let scale = select(exact, MIN_SCALE, exact < MIN_SCALE);
  let inverse = 1.0 / scale;

  var values = load(row * D + column);
  values = select(vec4(0.0), values, vec4(column) + vec4(0u, 1u, 2u, 3u) < vec4(D));
  let quotients = values * inverse;
  let remainders = fma(-quotients, vec4(scale), values);
  let rounded = round(fma(remainders, vec4(inverse), quotients));
  let clamped = clamp(rounded, vec4(-q - 1.0), vec4(q));
  codes[i] = pack4xI8(vec4<i32>(clamped));
  let beyond = dot(vec4<u32>(clamped != rounded), vec4(1u));
  if (beyond > 0u) { atomicAdd(&range[3], beyond); }
  if (column == 0u) { scales[row] = scale; }
}

// y = [residual +] x * keep / (1 - rate) (Srivastava et al. 2014), elementwise over COUNT elements.
// keep[i] = hash(i / GROUP) >= THRESHOLD = rate * 2^32. The hash is Wellons' lowbias32 of its argument ^ key with the
// key added once more half way; key = pcg(pcg(pcg(seed) + step) + SALT), pcg as in Jarzynski and Olano 2020 (Hash
// Functions for GPU Rendering). Elements of a GROUP share their fate: with GROUP the size of a sample, whole branches
// are dropped (stochastic depth, Huang et al. 2016, arXiv 1603.09382). Nothing is saved: backward is this kernel on dy with the same step and salt.
// 0 x: read (COUNT) f32   1 residual: read (COUNT) f32, if HAS_RESIDUAL   2 y: write (COUNT) f32
// 3 step: uniform
// One thread per four elements.

override COUNT: u32;
override SALT: u32;
override THRESHOLD: u32;
override SCALE: f32;
override GROUP: u32;
override HAS_RESIDUAL: bool;

struct Step { step: u32, seed: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> step: Step;

fn pcg(input: u32) -> u32 {
  let state = input * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

fn hash(i: vec4<u32>, key: u32) -> vec4<u32> {
  var h = i ^ vec4(key);
  h = (h ^ (h >> vec4(16u))) * 0x7feb352du;
  h = ((h ^ (h >> vec4(15u))) + key) * 0x846ca68bu;
  return h ^ (h >> vec4(16u));
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
  let key = pcg(pcg(pcg(step.seed) + step.step) + SALT);
  let elements = vec4(i) + vec4(0u, 1u, 2u, 3u);
  var value = select(vec4<f32>(), x[quad] * SCALE, hash(elements / vec4(GROUP), key) >= vec4(THRESHOLD));
  if (HAS_RESIDUAL) { value += residual[quad]; }
  y[quad] = select(vec4<f32>(), value, elements < vec4(COUNT));
}

// peaks[m] = max over c of |x[m, c]|: what a quantizer with a running maximum needs to know of a tensor.
// 0 x: read (ROWS, D) f32   1 peaks: write (ROWS) f32
// Workgroups of 256: LANES threads (a power of two) per row. Bits of floats that are not negative have the order of
// the floats, and a NaN is above all.

override ROWS: u32;
override D: u32;
override LANES: u32;

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> peaks: array<u32>;

var<workgroup> partial: array<u32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (group.x + group.y * groups.x) * (256u / LANES) + thread / LANES;
  let lane = thread % LANES;
  var peak = 0u;
  if (row < ROWS) {
    for (var c = lane; c < D; c += LANES) { peak = max(peak, x[row * D + c] & 0x7fffffffu); }
  }
  partial[thread] = peak;
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width /= 2u) {
    if (lane < width) { partial[thread] = max(partial[thread], partial[thread + width]); }
    workgroupBarrier();
  }
  if (row < ROWS && lane == 0u) { peaks[row] = partial[thread]; }
}
